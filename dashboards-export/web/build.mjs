// Bundles the page and writes it down for the C compiler. SPDX-License-Identifier: GPL-3.0-or-later
//
// dist/ gets index.html, app-HASH.js, style-HASH.css and the icon, and a gzip of each where that is smaller; assets.c takes
// them into the binary with the assembler's .incbin. The names carry a hash of the content, so that browsers can keep the
// files for ever; the same sources give the same bytes.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const dist = resolve("dist");
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const result = await build({
  entryPoints: ["src/main.ts", "src/style.css"],
  bundle: true,
  minify: true,
  write: false,
  outdir: dist,
  format: "esm",
  target: ["chrome100", "firefox100", "safari15"],
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});

const hashOf = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);
const bundled = (extension) => result.outputFiles.find((file) => file.path.endsWith(extension)).contents;
const script = Buffer.from(bundled(".js"));
const style = Buffer.from(bundled(".css"));
const icon = readFileSync("src/icon.svg");
const scriptName = `app-${hashOf(script)}.js`;
const styleName = `style-${hashOf(style)}.css`;
const iconName = `icon-${hashOf(icon)}.svg`;
const page = Buffer.from(
  readFileSync("src/index.html", "utf8")
    .replaceAll("{{script}}", `/${scriptName}`)
    .replaceAll("{{style}}", `/${styleName}`)
    .replaceAll("{{icon}}", `/${iconName}`),
);

const files = [
  { name: "index.html", type: "text/html; charset=utf-8", bytes: page, immutable: false },
  { name: scriptName, type: "text/javascript; charset=utf-8", bytes: script, immutable: true },
  { name: styleName, type: "text/css; charset=utf-8", bytes: style, immutable: true },
  { name: iconName, type: "image/svg+xml", bytes: icon, immutable: true },
];

const quoted = (text) => JSON.stringify(text); // paths and types of ours: the same in C
const incbin = (label, path) =>
  `__asm__(".section .rodata\\n.balign 16\\n.globl ${label}\\n${label}:\\n"\n` +
  `        ".incbin " ${quoted(quoted(path))} "\\n.byte 0\\n.previous\\n");\n` +
  `extern const unsigned char ${label}[];\n`;

let blobs = "";
let rows = "";
files.forEach((file, i) => {
  const path = resolve(dist, file.name);
  writeFileSync(path, file.bytes);
  blobs += incbin(`yk_asset_${i}`, path);
  const gzip = gzipSync(file.bytes, { level: 9 });
  const worth = gzip.length < file.bytes.length * 0.9;
  if (worth) {
    writeFileSync(`${path}.gz`, gzip);
    blobs += incbin(`yk_asset_${i}_gz`, `${path}.gz`);
  }
  rows +=
    `    {.path = "/${file.name}", .media_type = ${quoted(file.type)}, .etag = "\\"${hashOf(file.bytes)}\\"",\n` +
    `     .bytes = yk_asset_${i}, .size = ${file.bytes.length}, ` +
    (worth ? `.gzip = yk_asset_${i}_gz, .gzip_size = ${gzip.length}, ` : "") +
    `.immutable = ${file.immutable}},\n`;
});
writeFileSync(
  "assets.c",
  `/* Made by build.mjs. SPDX-License-Identifier: GPL-3.0-or-later */\n#include "server/assets.h"\n\n${blobs}\n` +
    `const struct yk_asset yk_assets[] = {\n${rows}};\nconst size_t yk_asset_count = ${files.length};\n`,
);
console.log(`${scriptName}: ${script.length} bytes, ${gzipSync(script, { level: 9 }).length} compressed`);
