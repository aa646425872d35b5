# Uplift with placebo windows by R's lm, for tests/unit/analytics/estimate/test_uplift.c: 60 weeks, the window 8 of 168 hours of each,
# one factor a week; the level of a window is that of the 168 hours before it. The event is week 41.
# Run from the project's root: Rscript tests/accuracy/r/uplift.R
set.seed(20260601)
weeks <- 60
a <- rnorm(weeks, 0, 0.1); b <- rnorm(weeks, 0, 0.15)
site <- 0.5 * a - 0.2 * b + rnorm(weeks, 0, 0.07)
site[41] <- site[41] + 0.12
write.csv(data.frame(site = sprintf("%.17g", site), a = sprintf("%.17g", a), b = sprintf("%.17g", b)),
          "tests/accuracy/reference/uplift.csv", row.names = FALSE, quote = FALSE)
# The 168 hours before a window hold the window of the week before; the event's own is left out of the week after it.
level <- function(x) {
  before <- c(NA, exp(x[-weeks]))
  mean168 <- (160 + 8 * before) / 168
  mean168[42] <- 1
  log(mean168)
}
r <- data.frame(y = site - level(site), a = a - level(a), b = b - level(b))
placebo <- r[c(2:40, 42:60), ]
event <- r[41, ]
result <- function(model) {
  e <- residuals(model) / (1 - hatvalues(model))
  left <- event$y - predict(model, event)
  q <- function(p) unname(quantile(e, p, type = 6))
  rank <- uniroot(function(p) q(p) - left, c(1, length(e)) / (length(e) + 1), tol = 1e-12)$root
  slope <- c(coef(model)[-1], 0, 0)[1:2]
  c(length(e), exp(left - q(0.5)) - 1, exp(left - q(0.975)) - 1, exp(left - q(0.025)) - 1, 2 * min(rank, 1 - rank),
    exp(q(0.975) - q(0.2)) - 1, exp(q(0.025) - q(0.8)) - 1, sd(e), slope)
}
out <- rbind(result(lm(y ~ 1, placebo)), result(lm(y ~ a + b, placebo)))
colnames(out) <- c("placebos", "value", "lower", "upper", "p", "up", "down", "sd", "slope1", "slope2")
write.csv(apply(out, 2, function(x) sprintf("%.17g", x)), "tests/accuracy/reference/uplift_result.csv", row.names = FALSE, quote = FALSE)
