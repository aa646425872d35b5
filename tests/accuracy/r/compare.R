# Ratio of two periods with an equal-weighted cosine variance (Lazarus et al. 2018), in R from the definition, for tests/unit/analytics/estimate/test_compare.c.
# Run from the project's root: Rscript tests/accuracy/r/compare.R
set.seed(20260801)
n <- 420
x <- round(2000 * exp(0.3 * sin(2 * pi * (1:n) / 7) + as.numeric(arima.sim(list(ar = 0.6), n, sd = 0.1))))
x[c(30, 300)] <- NA
kind <- as.integer((1:n) %in% c(10, 200, 374, 380))
write.csv(data.frame(sum = x, kind = kind), "tests/accuracy/reference/compare.csv", row.names = FALSE, quote = FALSE)
compare <- function(days, back, alike) {
  now <- x[days]; before <- x[days - back]
  unlike <- alike & kind[days] != kind[days - back] & !is.na(now + before)
  use <- !is.na(now + before) & !unlike
  m <- sum(use); ratio <- sum(now[use]) / sum(before[use])
  d <- (now - ratio * before)[use]
  v <- max(3, floor(0.4 * m^(2 / 3)))
  basis <- sqrt(2 / m) * cos(pi * outer(1:v, (1:m) - 0.5) / m)
  half <- qt(0.975, v) * sqrt(m * mean((basis %*% d)^2)) / sum(before[use])
  c(days[1] - 1, days[length(days)], back, alike, m, sum(is.na(now + before)), sum(unlike), ratio - 1, ratio - half - 1, ratio + half - 1)
}
out <- rbind(compare(365:420, 364, FALSE), compare(365:420, 364, TRUE), compare(294:300, 7, FALSE), compare(11:200, 7, TRUE))
write.table(apply(out, 2, function(v) sprintf("%.17g", v)), "tests/accuracy/reference/compare_result.csv", sep = ",",
            row.names = FALSE, col.names = FALSE, quote = FALSE)
