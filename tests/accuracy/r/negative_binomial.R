# MASS::glm.nb on made counts: the figures for tests/unit/analytics/estimate/test_negative_binomial.c.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Rscript tests/accuracy/r/negative_binomial.R    from the top of the sources; writes tests/accuracy/reference/negative_binomial*.csv
library(MASS)
set.seed(20260401)
n <- 700
group <- sample(0:4, n, TRUE)
x <- rnorm(n)
offset <- log(runif(n, 0.5, 2))
mean <- exp(c(1.2, 3.0, 0.3, 2.2, 4.5)[group + 1] + 0.35 * x + offset)
figures <- function(y, case) {
  write.csv(data.frame(y, group, x, offset), sprintf("tests/accuracy/reference/negative_binomial_%s.csv", case), row.names = FALSE)
  of <- function(law, fit, theta, theta_se) # cov.unscaled is the inverse information given theta
    data.frame(case, law, name = c(paste0("group", 0:4), "x"), value = unname(coef(fit)),
               se = unname(sqrt(diag(summary(fit)$cov.unscaled))), theta, theta_se, log_likelihood = as.numeric(logLik(fit)))
  poisson <- of("poisson", glm(y ~ 0 + factor(group) + x + offset(offset), family = poisson,
                               control = glm.control(epsilon = 1e-14, maxit = 200)), Inf, NA)
  if (case == "under") return(poisson) # glm.nb finds no theta there, as there is none
  fit <- suppressWarnings(glm.nb(y ~ 0 + factor(group) + x + offset(offset), control = glm.control(epsilon = 1e-12, maxit = 200)))
  rbind(of("nb", fit, fit$theta, fit$SE.theta), poisson)
}
all <- rbind(figures(rnbinom(n, size = 2.7, mu = mean), "wide"),
             figures(rnbinom(n, size = 45, mu = mean), "narrow"),
             figures(rbinom(n, pmax(2 * ceiling(mean), 1), mean / pmax(2 * ceiling(mean), 1)), "under"))
write.csv(format(all, digits = 15), "tests/accuracy/reference/negative_binomial.csv", row.names = FALSE, quote = FALSE)
