# SPDX-License-Identifier: GPL-3.0-or-later
# Named practices of counting stays by R's survival, which tests/unit/analytics/estimate/test_stay_presets.c is held against.
# Writes tests/accuracy/reference/stay_presets_{stays,answers}.csv. Run in the repository's root:
#   Rscript tests/accuracy/r/stay_presets.R
library(survival)
set.seed(20261128)
full <- function(x) sprintf("%.17g", x)
make <- function(n, mu, sigma, ends) {
  d <- data.frame(length = round(rlnorm(n, mu, sigma), 1), ended = rbinom(n, 1, ends))
  d[d$length > 0, ]
}
sets <- list(
  # minutes to hours; some cut off by an outage
  plaza = make(300, log(2400), 1.0, 0.9),
  # some are there for longer than 12 hours
  station = rbind(make(200, log(600), 0.8, 1), make(60, log(36000), 0.6, 0.95)),
  # at the very limits, tied
  limits = data.frame(length = c(rep(900, 20), rep(600, 30), rep(7200, 10), rep(43200, 5), rep(20000, 7)), ended = c(rep(1, 60), rep(c(1, 0), 6)))
)
presets <- list(dwell = c(900, 43200), visitor = c(900, Inf), staying = c(7200, Inf))
before <- function(f, t) { # survivor just before t, and its variance on the log scale
  k <- which(f$time < t)
  if (length(k) == 0 || f$surv[max(k)] == 0) c(length(k) == 0, 0) else c(f$surv[max(k)], f$std.err[max(k)]^2)
}
stays <- answers <- NULL
for (name in names(sets)) {
  d <- sets[[name]]
  stays <- rbind(stays, data.frame(set = name, length = full(d$length), ended = d$ended))
  f <- survfit(Surv(length, ended) ~ 1, data = d, timefix = FALSE)
  for (preset in names(presets)) {
    a <- presets[[preset]][1]
    b <- presets[[preset]][2]
    A <- before(f, a)
    B <- if (is.finite(b)) before(f, b) else c(0, 0)
    share <- A[1] - B[1]
    # By the delta method from the covariance of the two survivors, Cov = S(a) S(b) V(a) for a < b: not the product form of ours.
    variance <- A[1]^2 * A[2] + (if (is.finite(b)) B[1]^2 * B[2] - 2 * A[1] * B[1] * A[2] else 0)
    se <- sqrt(variance) / (share * abs(log(share)))
    reach <- d[d$length >= a, ]
    q <- B[1] / A[1]
    g <- survfit(Surv(rep(a * (1 - 1e-9), nrow(reach)), length, ended) ~ 1, data = reach, conf.type = "log-log", timefix = FALSE)
    m <- quantile(g, (1 - q) / 2)
    answers <- rbind(answers, data.frame(set = name, preset = preset, stays = nrow(d), reach = nrow(reach), share = full(share),
      share_lower = full(share^exp(qnorm(0.975) * se)), share_upper = full(share^exp(-qnorm(0.975) * se)),
      median = full(m$quantile), median_lower = full(m$lower), median_upper = full(m$upper)))
  }
}
for (n in c("stays", "answers"))
  write.csv(get(n), paste0("tests/accuracy/reference/stay_presets_", n, ".csv"), row.names = FALSE, quote = FALSE)
