# The checks, inside the virtual machine. SPDX-License-Identifier: GPL-3.0-or-later
#
#   sh checks.sh NAME...
#
# A check is a function check_NAME; the host finds their names here. Each begins with a new adapter and an empty spool and
# ends with a line `ok NAME` or `not ok NAME: why`. What has to come out stands in scripts/*.told, written by hand from
# scripts/*.air beside it, or from the specification; nothing here is read off the program.
#
# Waiting is for a condition and has a deadline; nothing is tried twice.

dir=/run/check
log=$dir/controller.log
spool=$dir/spool

fail() { # ends the check
  echo "not ok $name: $*"
  tail -n 5 $dir/*.err 2>/dev/null
  tail -n 8 "$log" 2>/dev/null
  exit 1
}

# until_true SECONDS WHAT COMMAND...
until_true() {
  local rounds=$(($1 * 20)) what=$2
  shift 2
  while ! "$@" 2>/dev/null; do
    rounds=$((rounds - 1))
    [ $rounds -gt 0 ] || fail "not within its time: $what"
    sleep 0.05
  done
}

logged() { grep -q "$1" "$log"; }
count_of() { grep -c "$1" "$log"; }
logged_times() { [ "$(count_of "$2")" -ge "$1" ]; }

# --- the adapter

plug() { # plug [--legacy]
  [ -p $dir/orders ] || mkfifo $dir/orders
  controller --log "$log" --orders $dir/orders "$@" 2>>$dir/controller.err &
  controller_pid=$!
  until_true 5 'the controller is there' logged '^ready hci0'
  scan up || fail 'the adapter does not come up'
}

unplug() {
  kill $controller_pid
  wait $controller_pid 2>/dev/null
}

order() { echo "$*" >$dir/orders; }

play() { # plays a script to its end; everybody has read all of it
  order "play $1"
  until_true 30 "$1 is played" logged "^played $1 "
  scan settle || fail "what was played of $1 is not read"
}

# --- the collector

collect() { # collect [WRAPPER...]
  [ -e $dir/keys/edge.key ] || yukikai-keys make --keys $dir/keys --name edge 2>$dir/keys.err || fail 'no keys'
  "$@" yukikai-collect /vm/district.yaml --edge local --keys $dir/keys --spool $spool --sensor radio-1 2>>$dir/collect.err &
  collect_pid=$!
  until_true 10 'collect scans' logged_times "${scans:-1}" '^scan on'
}

collect_ends() { # by SIGTERM, with 0
  kill $collect_pid
  wait $collect_pid
  local code=$?
  [ $code -eq 0 ] || fail "collect ended with $code"
}

expect() { # the spool tells what the file says
  told $spool >$dir/told || fail 'the spool cannot be read'
  diff /vm/scripts/$1.told $dir/told || fail "the spool does not tell $1.told"
}

status_of() { sed -n "s/^$1:[[:space:]]*//p" /proc/$collect_pid/status; }

# --- the harness itself, by libbluetooth and without the product

check_harness_legacy() {
  plug --legacy
  scan legacy || fail 'legacy scanning is refused'
  scan extended && fail 'a controller without extended scanning enables it'
  scan hear 6 >$dir/heard &
  until_true 5 'the scanner is there' grep -q open $dir/heard
  order 'play /vm/scripts/kinds.air'
  wait $!
  diff /vm/scripts/kinds.legacy $dir/heard || fail 'libbluetooth hears something else'
}

check_harness_extended() {
  plug
  scan legacy && fail 'legacy commands are taken after the extended ones of the kernel'
  scan extended || fail 'extended scanning is refused'
  scan extended && fail 'parameters are taken while scanning is on'
  scan hear 11 >$dir/heard &
  until_true 5 'the scanner is there' grep -q open $dir/heard
  order 'play /vm/scripts/kinds.air'
  wait $!
  diff /vm/scripts/kinds.extended $dir/heard || fail 'libbluetooth hears something else'
}

# ---

for name in "$@"; do
  (
    rm -rf $dir
    mkdir -p $dir
    chmod 711 $dir
    began=$(cut -d ' ' -f 1 /proc/uptime)
    check_"$name"
    echo "ok $name ($(cut -d ' ' -f 1 /proc/uptime | awk -v b="$began" '{ printf "%.1f", $1 - b }') s)"
  )
  # whatever a check has left: its processes are those of this shell's descendants
  for pid in $(pidof controller yukikai-collect scan); do kill -9 "$pid"; done
  until_true 5 'the adapter is gone' [ ! -e /sys/class/bluetooth/hci0 ]
done
echo 'all checks ran'
