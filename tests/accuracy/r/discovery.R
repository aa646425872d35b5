# Adjusted p of R's p.adjust for tests/unit/analytics/estimate/test_discovery.c.
# Run from the project's root: Rscript tests/accuracy/r/discovery.R
set.seed(20260401)
p <- c(runif(120), rbeta(60, 0.2, 4), 0, 1, 0.04, 0.04, 0.04, rep(NA, 15))
p <- sample(p)
out <- data.frame(p = p, bh = p.adjust(p, "BH"), by = p.adjust(p, "BY"))
text <- as.data.frame(lapply(out, function(x) sprintf("%.17g", x)))
write.csv(text, "tests/accuracy/reference/discovery.csv", row.names = FALSE, quote = FALSE)
