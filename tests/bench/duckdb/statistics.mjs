// The statistics of bench_statistics by DuckDB, on the same observations. SPDX-License-Identifier: GPL-3.0-or-later
//
//   node statistics.mjs TABLE ROWS
//
// TABLE has the lines place,pseudonym,first_ds,last_ds of bench_statistics --table; ROWS is written as it writes its own. The
// table is loaded into memory with all threads, and not timed. Then one thread works out three queries, each on its own,
// and what each of them took (CPU seconds of the process, user and system) is printed; last, what it takes when dwell and
// flows share a table of stays, which a person who knows what comes next would make. Each query stands in the fastest of
// the forms that were tried: distinct as a count of distinct rows is half the time of count(DISTINCT), stays by breaks
// two thirds of a running sum of breaks that is grouped by.
//
// A stay ends by a silence of more than 600 s. Within a quarter of an hour the product keeps a bit for each 10 s, so there a
// silence lasts more than 60 of them and reaches from the end of one to the beginning of another (pipeline/lives/walk.c).
import { DuckDBInstance } from "@duckdb/node-api";
import { writeFileSync } from "node:fs";

const [table, rows] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(":memory:")).connect();

const query = async (sql) => (await connection.runAndReadAll(sql)).getRows();
const timed = async (sql) => {
  const before = process.cpuUsage();
  const result = await query(sql);
  const spent = process.cpuUsage(before);
  return [(spent.user + spent.system) / 1e6, result];
};

const quote = (text) => `'${text.replaceAll("'", "''")}'`;
await query(`CREATE TABLE heard AS SELECT * FROM read_csv(${quote(table)}, header = false, columns =
  {'place': 'USMALLINT', 'id': 'UBIGINT', 'f': 'INTEGER', 'l': 'INTEGER'})`);
await query("SET threads = 1");

const distinct = `
  SELECT place, w, count(*) FROM (SELECT DISTINCT place, f // 9000 AS w, id FROM heard) GROUP BY ALL`;

// b: the last advert before; the rows that are left are those at which a stay begins.
const stays = `
  SELECT place, id,
    CASE WHEN f // 9000 = b // 9000 THEN f - f % 100 ELSE f END AS s,
    coalesce(lead(CASE WHEN f // 9000 = b // 9000 THEN b - b % 100 + 100 ELSE b END)
      OVER (PARTITION BY place, id ORDER BY f), m) AS e
  FROM (SELECT * FROM (SELECT place, id, f, lag(l) OVER (PARTITION BY place, id ORDER BY f) AS b FROM heard)
      WHERE b IS NULL OR (f - b > 6000 AND (f // 9000 <> b // 9000 OR f // 100 - b // 100 > 60)))
    JOIN (SELECT place, id, max(l) AS m FROM heard GROUP BY ALL) USING (place, id)`;
const dwell = (from) => `
  SELECT place, quantile_disc(e - s, 0.5), quantile_disc(e - s, 0.9) FROM ${from} GROUP BY place`;
const flows = (from, at) => `
  SELECT p, place, count(*)
  FROM (SELECT place, lag(place) OVER (PARTITION BY id ORDER BY ${at}) AS p FROM ${from})
  WHERE p <> place GROUP BY ALL`;

const [distinctS, d] = await timed(distinct);
const [dwellS, q] = await timed(dwell(`(${stays})`));
const [flowsS, o] = await timed(flows("heard", "f"));

const [staysS] = await timed(`CREATE TEMP TABLE stay AS ${stays}`);
const [dwellOfStaysS] = await timed(dwell("stay"));
const [flowsOfStaysS, again] = await timed(flows("stay", "s"));

const lines = (letter, result) =>
  result
    .map((row) => row.map(Number))
    .sort((x, y) => x[0] - y[0] || x[1] - y[1])
    .map((row) => `${letter},${row.join(",")}\n`)
    .join("");
if (lines("o", o) !== lines("o", again)) throw new Error("flows of observations and flows of stays differ");
writeFileSync(rows, lines("d", d) + lines("q", q) + lines("o", o));
const [[count]] = await query("SELECT count(*) FROM heard");
console.log(
  [count, distinctS, dwellS, flowsS, distinctS + staysS + dwellOfStaysS + flowsOfStaysS].map(String).join(" "),
);
