# Reference for test_expansion.c: ten of sixty minutes, hour by hour, written out in R.
#   Rscript tests/accuracy/r/expansion.R
# Writes tests/accuracy/reference/expansion_{counts,fit}.csv.
set.seed(20260405, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
dir <- "tests/accuracy/reference"
counts <- data.frame(start_s = 0:9 * 3600 + 600, end_s = 0:9 * 3600 + 1200, count = rnbinom(10, size = 10, mu = 60))
x <- counts$count
phi <- max(1, mean(diff(x)^2 / (head(x, -1) + tail(x, -1))))
dof <- 2 * 9 / 3
reach <- qt(0.975, dof) * sqrt(phi * sum(6 * 5 * x))
fit <- data.frame(total = 6 * sum(x), lower = 6 * sum(x) - reach, upper = 6 * sum(x) + reach, phi = phi, dof = dof)
for (n in c("counts", "fit"))
  write.table(format(get(n), digits = 17, trim = TRUE), file.path(dir, paste0("expansion_", n, ".csv")), sep = ",", row.names = FALSE, quote = FALSE)
print(fit)
