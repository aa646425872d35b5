# Reference for test_poisson_interval.c: poisson.test, and the Pearson dispersion of glm(family = quasipoisson).
#   Rscript tests/accuracy/r/poisson_interval.R
# Writes tests/accuracy/reference/poisson_{intervals,bins,dispersion}.csv.
set.seed(20260403, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
dir <- "tests/accuracy/reference"
counts <- c(0:12, 20, 50, 99, 100, 1000, 500, 5000, 12345, 1e5, 1e6)
intervals <- t(sapply(counts, function(x) c(x, poisson.test(x)$conf.int)))
intervals <- data.frame(count = intervals[, 1], lower = intervals[, 2], upper = intervals[, 3])
bins <- data.frame(hour = rep(1:24, each = 4), count = rnbinom(96, size = 12, mu = rep(40 + 30 * sin(1:24 * pi / 12), each = 4)))
m <- glm(count ~ factor(hour), quasipoisson, bins, epsilon = 1e-14, maxit = 100)
dispersion <- data.frame(phi = summary(m)$dispersion, dof = m$df.residual)
for (n in c("intervals", "bins", "dispersion"))
  write.table(format(get(n), digits = 17, trim = TRUE), file.path(dir, paste0("poisson_", n, ".csv")), sep = ",", row.names = FALSE, quote = FALSE)
print(dispersion)
