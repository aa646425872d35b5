# Transitions, proportional fitting, turn-in rates and distinct places by R: what the unit tests compare with.
# Run in the project's folder: Rscript tests/accuracy/r/flows.R
# Needs base R alone. Writes tests/accuracy/reference/flows_*.csv.
set.seed(19520101)
out <- function(x, name) write.table(format(x, digits = 17, scientific = TRUE, trim = TRUE),
  file.path("tests/accuracy/reference", paste0("flows_", name, ".csv")), sep = ",", row.names = FALSE, quote = FALSE)

# --- transitions: half the devices 5 to 8 minutes, half 15 (shares by rotation) ---
share <- c(0.5 / 390, 0.5 / 900); share <- share / sum(share)
R <- sum(share * c(390, 900))
survivor <- function(t) share[1] * pmin(1, pmax(0, (480 - t) / 180)) + share[2] * (t < 900)
equilibrium <- Vectorize(function(t) # integral of the survivor by pieces, no closed form
  sum(sapply(list(c(0, 300), c(300, 480), c(480, 900)), function(part) {
    from <- max(t, part[1])
    if (from >= part[2]) 0 else integrate(survivor, from, part[2], rel.tol = 1e-12)$value
  })) / R)
width <- 5
edge <- width * (0:360)
middle <- edge[-1] - width / 2
p <- equilibrium(middle)
at_end <- equilibrium(edge[-1])
cut <- sum(at_end >= 0.2); fit <- sum(at_end >= 0.05); horizon <- edge[cut + 1]
cases <- list(near = c(log(90), 0.5, 2000), far = c(log(240), 0.5, 3000), few = c(log(120), 0.6, 60))
counts <- NULL; results <- NULL
for (name in names(cases)) {
  k <- cases[[name]]
  tau <- rlnorm(k[3], k[1], k[2])
  seen <- tau[runif(k[3]) < equilibrium(tau)]
  n <- tabulate(findInterval(seen, edge), 361)[1:360]
  counts <- cbind(counts, n)
  cell <- function(th, scale = 1, to = fit) {
    q <- diff(plnorm(edge[1:(to + 1)], th[1], exp(th[2])))
    q * equilibrium(middle[1:to] / scale)
  }
  minus <- function(th, scale = 1) { e <- cell(th, scale); -sum(n[1:fit] * log(pmax(e, 1e-300) / sum(e))) }
  best <- function(scale) {
    o <- optim(c(mean(log(seen)), log(sd(log(seen)))), minus, scale = scale, method = "BFGS", control = list(reltol = 1e-15))
    o <- optim(o$par, minus, scale = scale, method = "Nelder-Mead", control = list(reltol = 1e-16, maxit = 5000))
    o$par
  }
  th <- best(1)
  beyond <- function(th) plnorm(horizon, th[1], exp(th[2]), lower.tail = FALSE)
  # expected information by central differences of the cells' law
  law <- function(th) { e <- cell(th); e / sum(e) }
  h <- 1e-5
  d <- cbind((law(th + c(h, 0)) - law(th - c(h, 0))), (law(th + c(0, h)) - law(th - c(0, h)))) / (2 * h)
  info <- sum(n[1:fit]) * t(d) %*% (d / law(th))
  g <- c(beyond(th + c(h, 0)) - beyond(th - c(h, 0)), beyond(th + c(0, h)) - beyond(th - c(0, h))) / (2 * h)
  b <- beyond(th)
  b_var <- drop(t(g) %*% solve(info) %*% g)
  slope <- (beyond(best(exp(0.02))) - beyond(best(exp(-0.02)))) / 0.04
  inside <- 1:cut
  weighted <- sum(n[inside] / p[inside])
  scaled <- function(s) sum(n[inside] / equilibrium(middle[inside] / s))
  elasticity <- (log(scaled(exp(1e-4))) - log(scaled(exp(-1e-4)))) / 2e-4
  results <- rbind(results, data.frame(horizon = horizon, mu = th[1], sigma = exp(th[2]), beyond = b, beyond_variance = b_var,
    slope = slope, survive = sum(cell(th, 1, cut)), weighted = weighted,
    variance = sum(n[inside] * (1 - p[inside]) / p[inside]^2), elasticity = elasticity))
}
colnames(counts) <- names(cases)
out(as.data.frame(counts), "tau")
out(results, "transitions")
gamma <- data.frame(mean = c(3.5, 40, 812, 30000, 0.8, 0.02), variance = c(9.1, 88, 2400, 41000, 9, 0.5))
gamma$low <- qgamma(0.025, gamma$mean^2 / gamma$variance, scale = gamma$variance / gamma$mean)
gamma$high <- qgamma(0.975, gamma$mean^2 / gamma$variance, scale = gamma$variance / gamma$mean)
out(gamma, "gamma")

# --- proportional fitting: by a loop, and checked against stats::loglin ---
cells <- 6
pattern <- matrix(round(rgamma(cells * cells, 1.5) * 40, 3), cells); diag(pattern) <- 0; pattern[2, 5] <- 0
rows <- round(runif(cells, 100, 900)); columns <- round(runif(cells, 100, 900))
total <- (sum(rows) + sum(columns)) / 2
r <- rows * total / sum(rows); k <- columns * total / sum(columns)
x <- pattern
for (i in 1:5000) { x <- x * (r / rowSums(x)); x <- t(t(x) * (k / colSums(x))) }
y <- loglin(outer(r, k) / total, list(1, 2), start = pattern, fit = TRUE, eps = 1e-11, iter = 20000, print = FALSE)$fit
stopifnot(max(abs(x - y)) < 1e-7)
out(data.frame(row = as.vector(row(x)), column = as.vector(col(x)), pattern = as.vector(pattern), fitted = as.vector(x),
  row_margin = rows[as.vector(row(x))], column_margin = columns[as.vector(col(x))]), "fitting")

# --- turn-in rates ---
bins <- data.frame(passers = rpois(32, 140))
bins$turned <- rbinom(32, bins$passers, rbeta(32, 6, 44))
out(bins, "turn_in_bins")
one <- function(x, n) suppressWarnings(prop.test(x, n, correct = FALSE))$conf.int # Wilson's
rate <- sum(bins$turned) / sum(bins$passers); m <- nrow(bins); n <- sum(bins$passers)
ratio_variance <- var(bins$turned - rate * bins$passers) * m / n^2
deff <- ratio_variance / (rate * (1 - rate) / n)
z <- qt(0.975, m - 1); e <- n / deff # Wilson's bounds are where |rate - x| = z sqrt(x (1 - x) / e)
bound <- function(from, to) uniroot(function(x) (rate - x)^2 - z^2 * x * (1 - x) / e, c(from, to), tol = 1e-15)$root
out(data.frame(turned = c(0, 7, 412, 412, sum(bins$turned)), passers = c(40, 7, 5000, 412, n),
  rate = c(0, 1, 412 / 5000, 1, rate),
  lower = c(one(0, 40)[1], one(7, 7)[1], one(412, 5000)[1], one(412, 412)[1], bound(1e-9, rate)),
  upper = c(one(0, 40)[2], one(7, 7)[2], one(412, 5000)[2], one(412, 412)[2], bound(rate, 1 - 1e-9)),
  dispersion = c(1, 1, 1, 1, deff)), "turn_in")

# --- distinct places ---
places <- 1 + rpois(80, 1.2)
t_test <- t.test(places)
out(data.frame(places = 1:max(places), visitors = tabulate(places)), "places_tally")
out(data.frame(mean = mean(places), lower = t_test$conf.int[1], upper = t_test$conf.int[2]), "places")

# --- fitting with free margins: the likelihood of Poisson counts with the pattern as offset has the same equations ---
pattern <- matrix(c(0, 310, 45.5, 620, 280, 0, 150, 333, 60, 171, 0, 90, 705, 290, 88.25, 0), 4, byrow = TRUE)
counted <- c(1150, 640, 410) # the fourth is the outside
cell <- data.frame(row = as.vector(row(pattern)), column = as.vector(col(pattern)), pattern = as.vector(pattern))
open <- subset(cell, pattern > 0)
for (i in 1:3) { open[[paste0("r", i)]] <- +(open$row == i); open[[paste0("c", i)]] <- +(open$column == i) }
open$y <- 0 # any counts with these margins
for (i in 1:3) { open$y[open$row == i & open$column == 4] <- counted[i]; open$y[open$row == 4 & open$column == i] <- counted[i] }
fit <- glm(y ~ 0 + r1 + r2 + r3 + c1 + c2 + c3, poisson, open, offset = log(pattern), control = list(epsilon = 1e-15, maxit = 100))
open$fitted <- fitted(fit)
stopifnot(max(abs(tapply(open$fitted, open$row, sum)[1:3] - counted)) < 1e-8)
out(open[c("row", "column", "pattern", "fitted")], "fitting_free")
