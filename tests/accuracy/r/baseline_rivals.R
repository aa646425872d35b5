# What R's forecast::stlm and forecast::tbats make of the same years: mean absolute error per origin.
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Rscript tests/accuracy/r/baseline_rivals.R stlm|tbats [DATA [MINUTES]]   (DATA: folder of the recordings, ../shared/data)
#
# Appends to tests/accuracy/reference/baseline_rivals.csv one line per origin and method as soon as it is there and leaves out
# what is there already, so it may be stopped and started again. Only figures are kept, none of the recordings.
#
# Origins: each 1 January and 1 July with a year of record before and after it. Hours: those of the year after the
# origin of which both the count and the one 52 weeks before are known. Gaps in the training record take the value of a week
# before. Rivals get what suits them best: periods of a day, a week and, from two years of record on, a year; stlm on counts
# and on log(1 + count), with trend as ets chooses; tbats with Box-Cox and ARMA errors on the last two years at most, since it
# takes many minutes already; negative forecasts are 0.
suppressMessages(library(forecast))
arguments <- commandArgs(TRUE)
what <- arguments[1]
data <- if (length(arguments) > 1) arguments[2] else "../shared/data"
minutes <- if (length(arguments) > 2) as.numeric(arguments[3]) else Inf
began <- Sys.time()
out <- "tests/accuracy/reference/baseline_rivals.csv"

grid <- function(day, hour, count) {
  first <- min(day)
  y <- rep(NA_real_, (as.integer(max(day) - first) + 1) * 24)
  at <- as.integer(day - first) * 24 + hour + 1
  keep <- !duplicated(at)
  y[at[keep]] <- count[keep]
  list(first = first, y = y)
}
leeds <- read.csv(file.path(data, "counts/leeds_briggate_hourly.csv"))
melbourne <- read.csv(file.path(data, "counts/melbourne_hourly_sensors_4_18.csv"))
sensor <- function(id) {
  m <- melbourne[melbourne$sensor_id == id, ]
  grid(as.Date(substr(m$datetime_local, 1, 10)), as.integer(substr(m$datetime_local, 12, 13)), m$count)
}
series <- list(leeds = grid(as.Date(leeds$date), leeds$hour, leeds$count), melbourne_4 = sensor(4), melbourne_18 = sensor(18))

filled <- function(y) {
  for (i in which(is.na(y))) y[i] <- if (i > 168) y[i - 168] else y[i + 168]
  y
}
forecasts <- list(
  stlm = function(y, h) as.numeric(forecast(stlm(y), h = h)$mean),
  stlm_log = function(y, h) exp(as.numeric(forecast(stlm(ts_log(y)), h = h)$mean)) - 1,
  tbats = function(y, h) {
    fit <- tbats(y, use.box.cox = TRUE, use.trend = FALSE, use.damped.trend = FALSE, use.arma.errors = TRUE, bc.lower = 0,
                 bc.upper = 0.6, use.parallel = FALSE)
    as.numeric(forecast(fit, h = h)$mean)
  })
ts_log <- function(y) { y[] <- log1p(y); y }

origins <- list()
for (name in names(series)) {
  s <- series[[name]]
  last <- s$first + length(s$y) / 24
  for (year in 2009:2016) for (month in c("01", "07")) {
    at <- as.Date(sprintf("%d-%s-01", year, month))
    end <- seq(at, by = "1 year", length.out = 2)[2]
    if (at >= seq(s$first, by = "1 year", length.out = 2)[2] && end <= last)
      origins[[length(origins) + 1]] <- list(name = name, at = at, end = end)
  }
}
# One origin of each series first, so that an early end leaves something of every one.
turn <- ave(seq_along(origins), sapply(origins, `[[`, "name"), FUN = function(i) rank(i))
origins <- origins[order(turn)]

if (!file.exists(out)) cat("series,origin,method,hours,mae\n", file = out)
methods <- if (what == "stlm") c("naive", "stlm", "stlm_log") else "tbats"
for (o in origins) for (method in methods) {
  done <- read.csv(out)
  if (any(done$series == o$name & done$origin == format(o$at) & done$method == method)) next
  if (as.numeric(difftime(Sys.time(), began, units = "mins")) > minutes) quit()
  s <- series[[o$name]]
  split <- as.integer(o$at - s$first) * 24
  h <- as.integer(o$end - o$at) * 24
  actual <- s$y[split + seq_len(h)]
  before <- s$y[split + seq_len(h) - 364 * 24]
  if (method == "naive") {
    f <- before
  } else {
    y <- filled(s$y[seq_len(split)])
    if (method == "tbats") y <- tail(y, 2 * 8766)
    periods <- if (length(y) >= 2 * 8766) c(24, 168, 8766) else c(24, 168)
    f <- tryCatch(pmax(forecasts[[method]](msts(y, seasonal.periods = periods), h), 0), error = function(e) {
      message(o$name, " ", o$at, " ", method, ": ", conditionMessage(e)); NULL })
    if (is.null(f)) next
  }
  use <- !is.na(actual) & !is.na(before)
  cat(sprintf("%s,%s,%s,%d,%.6f\n", o$name, format(o$at), method, sum(use), mean(abs(actual - f)[use])), file = out, append = TRUE)
}
