# Product-limit estimates by R's survival, which tests/unit/analytics/estimate/test_kaplan_meier.c is held against.
# Writes tests/accuracy/reference/kaplan_meier_{stays,steps,answers}.csv. Run in the repository's root:
#   Rscript tests/accuracy/r/kaplan_meier.R
library(survival)
set.seed(20260401)
full <- function(x) sprintf("%.17g", x)
sets <- list(
  censored = data.frame(age = 0, length = round(rlnorm(120, 6, 0.8), 1), ended = rbinom(120, 1, 0.7)),
  ties = data.frame(age = 0, length = sample(c(60, 120, 180, 240), 40, TRUE), ended = rbinom(40, 1, 0.8)),
  # an even number, none censored: the survivor is exactly a half over a stretch, and ends at 0
  complete = data.frame(age = 0, length = round(rexp(30, 1 / 300), 1) + 1, ended = 1),
  # more than half censored: no median
  watched_too_short = data.frame(age = 0, length = round(pmin(rexp(50, 1 / 900), 300), 1) + 1, ended = 0)
)
sets$watched_too_short$ended <- as.integer(sets$watched_too_short$length < 301)
n <- 150
age <- round(ifelse(runif(n) < 0.4, runif(n, 0, 300), 0), 1)
sets$late <- data.frame(age = age, length = age + round(rexp(n, 1 / 500), 1) + 0.1, ended = rbinom(n, 1, 0.75))
# Nobody ends while fewer than 20 are in view: with a handful of early entries the survivor would fall to 0 at once.
sets$late$ended[sets$late$length < 30] <- 0

stays <- steps <- answers <- NULL
for (name in names(sets)) {
  d <- sets[[name]]
  stays <- rbind(stays, data.frame(set = name, age = full(d$age), length = full(d$length), ended = d$ended))
  s <- if (any(d$age > 0)) Surv(d$age, d$length, d$ended) else Surv(d$length, d$ended)
  to <- min(max(d$length), 400)
  for (kind in c("log-log", "log", "plain")) {
    f <- survfit(s ~ 1, conf.type = kind, timefix = FALSE)
    k <- f$n.event > 0
    steps <- rbind(steps, data.frame(set = name, bounds = kind, t = full(f$time[k]), at_risk = f$n.risk[k], ended = f$n.event[k],
      survivor = full(f$surv[k]), se = full(f$std.err[k]), lower = full(f$lower[k]), upper = full(f$upper[k])))
    for (p in c(0.1, 0.25, 0.5, 0.9)) {
      q <- quantile(f, p)
      answers <- rbind(answers, data.frame(set = name, bounds = kind, what = "quantile", at = p, value = full(q$quantile),
        lower = full(q$lower), upper = full(q$upper)))
    }
  }
  m <- summary(f, rmean = to)$table
  answers <- rbind(answers, data.frame(set = name, bounds = "plain", what = "mean", at = full(to), value = full(m[["rmean"]]),
    lower = full(m[["rmean"]] - qnorm(0.975) * m[["se(rmean)"]]), upper = full(m[["rmean"]] + qnorm(0.975) * m[["se(rmean)"]])))
}
for (n in c("stays", "steps", "answers"))
  write.csv(get(n), paste0("tests/accuracy/reference/kaplan_meier_", n, ".csv"), row.names = FALSE, quote = FALSE)
