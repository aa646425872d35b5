# A level that walks and weeks that stray: stats::KalmanLike, KalmanRun and KalmanSmooth on made weeks, gaps among them.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Rscript tests/accuracy/r/level.R    from the top of the sources; writes tests/accuracy/reference/level*.csv
set.seed(20260402)
n <- 160
step <- 0.012; stray <- 0.08; keep <- 0.8; noise <- 0.05
level <- 0.3 + cumsum(rnorm(n, 0, step))
u <- as.numeric(arima.sim(list(ar = keep), n, sd = stray * sqrt(1 - keep^2)))
w <- level + u + rnorm(n, 0, noise)
w[c(1, 40:47, 90, 158)] <- NA
# KalmanRun starts from a and Pn, the prediction of the first value; level ~ N(0, 1), stray ~ N(0, stray^2).
model <- list(T = diag(c(1, keep)), Z = c(1, 1), h = noise^2, V = diag(c(step^2, stray^2 * (1 - keep^2))), a = c(0, 0),
              P = diag(c(1, stray^2)), Pn = diag(c(1, stray^2)))
run <- KalmanRun(w, model)
smooth <- KalmanSmooth(w, model)
write.csv(format(data.frame(w = w, filtered_level = run$states[, 1], filtered_stray = run$states[, 2],
                            smooth_level = smooth$smooth[, 1], smooth_stray = smooth$smooth[, 2],
                            v_level = smooth$var[, 1, 1], v_both = smooth$var[, 1, 2], v_stray = smooth$var[, 2, 2]), digits = 15),
          "tests/accuracy/reference/level.csv", row.names = FALSE, quote = FALSE)
# The log likelihood from the joint normal law itself, without a filter.
t <- seq_len(n)
covariance <- 1 + step^2 * (outer(t, t, pmin) - 1) + stray^2 * keep^abs(outer(t, t, `-`)) + diag(noise^2, n)
there <- which(!is.na(w))
c0 <- chol(covariance[there, there])
z <- backsolve(c0, w[there], transpose = TRUE)
likelihood <- -sum(log(diag(c0))) - sum(z^2) / 2 - length(there) / 2 * log(2 * pi)
# The likeliest law under the priors of level.c, by optim on the joint normal law.
minus <- function(x) {
  law <- exp(x); k <- exp(-1 / law[3])
  s <- 1 + law[1]^2 * (outer(t, t, pmin) - 1) + law[2]^2 * k^abs(outer(t, t, `-`)) + diag(law[4]^2, n)
  c1 <- chol(s[there, there]); y <- backsolve(c1, w[there], transpose = TRUE)
  sum(log(diag(c1))) + sum(y^2) / 2 + length(there) / 2 * log(2 * pi) +
    sum((x - log(c(0.006, 0.06, 8, 0.05)))^2 / (2 * c(0.5, 0.7, 0.6, 0.7)^2))
}
best <- optim(log(c(0.006, 0.06, 8, 0.05)), minus, method = "BFGS", control = list(reltol = 1e-14, maxit = 500))
write.csv(format(data.frame(step, stray, keep, noise, likelihood, best_step = exp(best$par[1]), best_stray = exp(best$par[2]),
                            best_keep = exp(-1 / exp(best$par[3])), best_noise = exp(best$par[4])), digits = 15),
          "tests/accuracy/reference/level_law.csv", row.names = FALSE, quote = FALSE)
