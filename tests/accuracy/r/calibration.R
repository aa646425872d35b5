# Reference for tests/unit/analytics/estimate/test_calibration.c: rho by MASS::rlm (bisquare) and robustbase::lmrob on rows
# scaled by sqrt(N), through the origin. From the top of the checkout:
#   Rscript tests/accuracy/r/calibration.R
# Synthetic windows with a fixed seed; writes tests/accuracy/reference/calibration_{points,fits}.csv.
suppressPackageStartupMessages({library(MASS); library(robustbase)})
set.seed(20260401, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
dir <- "tests/accuracy/reference"
scene <- function(name, n, level, p, turns, wrong) {
  v <- rpois(n, level * (1 + 0.8 * sin(seq_len(n) * 2 * pi / 24)))
  d <- rbinom(n, v, p)
  devices <- d + round(rnorm(n, 0, 0.1 * sqrt(d * turns)), 3) # the noise of taking rotations off
  addresses <- d + rpois(n, turns * d)
  bad <- sample(n, wrong)
  v[bad] <- round(v[bad] * rep(c(0, 3), length.out = wrong)) # a camera that stalled, rows of somewhere else
  data.frame(scene = name, persons = v, devices = devices, addresses = addresses)
}
points <- rbind(scene("plain", 24, 500, 0.7, 0.3, 0), scene("few carry", 40, 150, 0.3, 2, 0),
                scene("one in ten wrong", 60, 300, 0.5, 1, 6), scene("small", 12, 60, 0.6, 0.5, 0))
fits <- do.call(rbind, lapply(split(points, factor(points$scene, unique(points$scene))), function(s) {
  x <- sqrt(s$devices); y <- s$persons / x
  m <- rlm(y ~ 0 + x, psi = psi.bisquare, maxit = 200, acc = 1e-12)
  l <- lmrob(y ~ 0 + x, setting = "KS2014")
  keep <- m$w > 0; rho <- unname(coef(m))
  z2 <- (s$persons - rho * s$devices)^2 / (rho * s$devices)
  data.frame(scene = s$scene[1], rlm = rho, rlm_se = sqrt(vcov(m)[1, 1]), lmrob = unname(coef(l)),
             lmrob_se = sqrt(vcov(l)[1, 1]), ratio = sum(s$persons) / sum(s$devices), kappa = sum(z2[keep]) / (sum(keep) - 1),
             rotations = sum(s$addresses - s$devices) / sum(s$devices), outliers = sum(!keep))
}))
# 17 digits: what is read is what R had.
write.table(format(points, digits = 17, trim = TRUE), file.path(dir, "calibration_points.csv"), sep = ",", row.names = FALSE, quote = FALSE)
write.table(format(fits, digits = 17, trim = TRUE), file.path(dir, "calibration_fits.csv"), sep = ",", row.names = FALSE, quote = FALSE)
print(fits)
