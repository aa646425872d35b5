# Reference for test_ratio.c: the ratio as a regression weighted by 1/camera, its error by Cochran's 6.4 written out.
#   Rscript tests/accuracy/r/ratio.R
# Writes tests/accuracy/reference/ratio_{sessions,fit}.csv.
set.seed(20260404, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
dir <- "tests/accuracy/reference"
manual <- rpois(14, runif(14, 20, 300))
sessions <- data.frame(manual = manual, camera = rbinom(14, manual, 0.88) + rpois(14, 2))
m <- lm(manual ~ 0 + camera, sessions, weights = 1 / camera)
r <- unname(coef(m)); n <- nrow(sessions)
se <- with(sessions, sqrt((var(manual) + r^2 * var(camera) - 2 * r * cov(manual, camera)) / n) / mean(camera))
fit <- data.frame(ratio = r, se = se, lower = r - qt(0.975, n - 1) * se, upper = r + qt(0.975, n - 1) * se,
                  scatter = summary(m)$sigma^2 / r)
for (x in c("sessions", "fit"))
  write.table(format(get(x), digits = 17, trim = TRUE), file.path(dir, paste0("ratio_", x, ".csv")), sep = ",", row.names = FALSE, quote = FALSE)
print(fit)
