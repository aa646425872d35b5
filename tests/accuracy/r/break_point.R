# The moving comparison of break_point.c, written a second time with R's own filter(), mad-like scale and arima.sim.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Rscript tests/accuracy/r/break_point.R    from the top of the sources; writes tests/accuracy/reference/break_point.csv
set.seed(20260403)
reach <- 8
comparison <- function(w) { # mean of the next 8 minus mean of the last 8
  m <- as.numeric(stats::filter(w, rep(1 / reach, reach), sides = 1)) # m[i]: mean of i-7..i
  n <- length(w)
  d <- rep(NA, n)
  at <- (reach + 1):(n - reach + 1)
  d[at] <- m[at + reach - 1] - m[at - 1]
  d
}
n <- 150
w <- as.numeric(arima.sim(list(ar = 0.5), n, sd = 0.05))
w[71:n] <- w[71:n] + 0.29
d <- comparison(w)
scale <- quantile(abs(d), 0.5, na.rm = TRUE) / qnorm(0.75)
laws <- list(function() rnorm(n), function() as.numeric(arima.sim(list(ar = 0.7), n)), function() cumsum(rnorm(n, 0, 1 / 3)) + rnorm(n))
critical <- sapply(laws, function(make) quantile(replicate(20000, { x <- abs(comparison(make())); max(x, na.rm = TRUE) / (median(x, na.rm = TRUE) / qnorm(0.75)) }), 0.95))
write.csv(format(data.frame(w = w, d = d, scale = unname(scale), critical = max(critical)), digits = 15), "tests/accuracy/reference/break_point.csv", row.names = FALSE, quote = FALSE)
print(critical); print(scale); print(which.max(abs(d)))
