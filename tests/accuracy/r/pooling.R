# Reference for test_pooling.c: Paule-Mandel by uniroot, the mean and DerSimonian-Laird's Q by lm with weights.
#   Rscript tests/accuracy/r/pooling.R
# Writes tests/accuracy/reference/pooling_{places,fits}.csv.
set.seed(20260402, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
dir <- "tests/accuracy/reference"
pools <- list(differ = c(8, 0.3), alike = c(6, 0), two = c(2, 0.2), uneven = c(5, 0.15))
places <- do.call(rbind, lapply(names(pools), function(name) {
  k <- pools[[name]][1]; se <- runif(k, 0.01, if (name == "uneven") 0.4 else 0.06)
  data.frame(pool = name, y = rnorm(k, log(1.8), sqrt(se^2 + pools[[name]][2]^2)), se = se)
}))
fits <- do.call(rbind, lapply(names(pools), function(name) {
  d <- places[places$pool == name, ]; k <- nrow(d)
  q <- function(t2) { m <- lm(y ~ 1, d, weights = 1 / (se^2 + t2)); sum(weights(m) * residuals(m)^2) - (k - 1) }
  t2 <- if (q(0) <= 0) 0 else uniroot(q, c(0, 100), tol = 1e-15, maxiter = 10000)$root
  floor2 <- max(t2, 0.1^2)
  m <- lm(y ~ 1, d, weights = 1 / (se^2 + floor2))
  b <- floor2 / (floor2 + d$se[1]^2)
  data.frame(pool = name, tau = sqrt(t2), mu = unname(coef(m)), mu_se = sqrt(1 / sum(weights(m))),
             first = unname(coef(m)) + b * (d$y[1] - unname(coef(m))))
}))
for (n in c("places", "fits"))
  write.table(format(get(n), digits = 17, trim = TRUE), file.path(dir, paste0("pooling_", n, ".csv")), sep = ",", row.names = FALSE, quote = FALSE)
print(fits)
