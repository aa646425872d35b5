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
collect_pid= # none

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
    [ -z "$collect_pid" ] || readlink /proc/$collect_pid/exe >/dev/null || fail "collect has ended; awaited: $what"
    sleep 0.05
  done
}

logged() { grep -q "$1" "$log"; }
count_of() { grep -c "$1" "$log"; }
logged_times() { [ "$(count_of "$2")" -ge "$1" ]; }

last_scan_is() { [ "$(grep '^scan ' "$log" | tail -n 1)" = "$1" ]; }

# --- the adapter

plug() { # plug [--legacy]
  [ -p $dir/orders ] || mkfifo $dir/orders
  rm -f "$log"
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

as_radio() { # as_radio CAPABILITIES COMMAND...: as a user with those at the most
  local caps=$1
  shift
  exec /vm/bin/setpriv --reuid radio --regid radio --clear-groups --inh-caps="$caps" --ambient-caps="$caps" --bounding-set="$caps" "$@"
}

collect() { # collect [WRAPPER...]
  mkdir -p $spool
  [ -e $dir/keys ] || cp -r /run/keys $dir/keys
  case "${1:-}" in as_radio) chown -R radio $dir/keys $spool ;; esac
  "$@" yukikai-collect /vm/district.yaml --edge local --keys $dir/keys --spool $spool --sensor radio-1 2>>$dir/collect.err &
  collect_pid=$!
}

collect_ends() { # by SIGTERM, with 0
  kill $collect_pid
  wait $collect_pid
  local code=$?
  collect_pid=
  [ $code -eq 0 ] || fail "collect ended with $code"
}

scans() { until_true 10 "the controller scans for the ${1:-1}. time" logged_times "${1:-1}" '^scan on'; }
says() { until_true 10 "collect says '$1'" grep -q "$1" $dir/collect.err; }

# expect NAME: the spool tells what NAME.told says. How many seconds the adapter did not listen is time, and not compared.
expect() {
  told $spool >$dir/told || fail 'the spool cannot be read'
  grep -v '^drop deaf ' $dir/told | diff /vm/scripts/$1.told - || fail "the spool does not tell $1.told"
}

deaf_time_is_told() { # a second at the least: it tries no sooner
  grep -q '^drop deaf [1-9]' $dir/told || fail 'the time without an adapter is not told'
}

status_of() { sed -n "s/^$1:[[:space:]]*\([0-9a-f]*\).*/\1/p" /proc/$collect_pid/status; }
is() { [ "$2" = "$3" ] || fail "$1 is '$2' and not '$3'"; }

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

# --- what collect hears

check_legacy() {
  plug --legacy
  collect
  scans
  play /vm/scripts/legacy.air
  collect_ends
  expect legacy
  logged '^scan on legacy passive' || fail 'the scan is not passive'
  logged '^command 200c 00 0100$' || fail 'duplicates are filtered'
  is 'the last word to the controller' "$(tail -n 1 "$log")" 'scan off'
}

check_legacy_adverts_extended_scan() {
  plug
  collect
  scans
  play /vm/scripts/legacy.air
  collect_ends
  expect legacy
}

check_extended() {
  plug
  collect
  scans
  play /vm/scripts/extended.air
  collect_ends
  expect extended
  logged '^scan on extended passive' || fail 'the scan is not passive'
  logged '^command 2042 00 010000000000$' || fail 'duplicates are filtered, or the scan has an end'
  is 'the last word to the controller' "$(tail -n 1 "$log")" 'scan off'
}

check_broken_events() {
  plug
  collect
  scans
  play /vm/scripts/broken.air
  collect_ends
  expect broken
}

# A live capture beside a collector that has no adapter: another program makes the controller listen, libpcap reads the
# kernel's monitor as a user of its own, and the collector reads the pipe.
tells() {
  told $spool 2>/dev/null | grep -v '^drop deaf ' | diff -q /vm/scripts/$1.told - >/dev/null
}

has_socket() { ls -l /proc/$1/fd | grep -q socket; }

check_capture() {
  plug
  scan extended || fail 'extended scanning is refused'
  mkdir -p $spool $dir/pipes
  cp -r /run/keys $dir/keys
  chown -R radio $dir/pipes $dir/keys $spool
  (as_radio -all,+net_raw yukikai-capture bluetooth-monitor $dir/pipes/monitor) 2>>$dir/capture.err &
  local capture_pid=$!
  until_true 5 'the pipe is there' test -p $dir/pipes/monitor
  (as_radio -all yukikai-collect /vm/district.yaml --edge local --keys $dir/keys --spool $spool \
    --input radio-1=$dir/pipes/monitor) 2>>$dir/collect.err &
  collect_pid=$!
  until_true 10 'the capture is open' has_socket $capture_pid
  is 'the capability' "$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/$capture_pid/status)" 0000000000002000
  play /vm/scripts/legacy.air
  kill $capture_pid
  wait $capture_pid || fail "capture ended with $?"
  until_true 10 'what was captured is told' tells legacy
  collect_ends
  expect legacy
  (as_radio -all,+net_raw yukikai-capture eth0 $dir/pipes/other) 2>>$dir/capture.err && fail 'it captures a network'
  [ ! -e $dir/pipes/other ] || fail 'a pipe was made for a network'
}

# --- what happens to an adapter

check_down_and_up() {
  plug
  collect
  scans
  play /vm/scripts/before.air
  scan down
  says 'switched off'
  scan up
  scans 2
  play /vm/scripts/after.air
  collect_ends
  expect before-after
  deaf_time_is_told
}

check_down_and_up_at_once() {
  plug
  collect
  scans
  play /vm/scripts/before.air
  scan down && scan up || fail 'the switch'
  scans 2
  play /vm/scripts/after.air
  collect_ends
  expect before-after
}

check_unplugged() {
  plug
  collect
  scans
  play /vm/scripts/before.air
  unplug
  says 'is not there'
  plug
  scans
  play /vm/scripts/after.air
  collect_ends
  expect before-after
  deaf_time_is_told
}

check_left_on_by_a_killed_process() { # what that one had not written is lost, its key too
  plug
  collect
  scans
  play /vm/scripts/before.air
  kill -9 $collect_pid
  wait $collect_pid
  collect_pid=
  logged '^scan off' && fail 'scanning is off: nothing to be tested'
  collect
  scans 2
  play /vm/scripts/after.air
  collect_ends
  expect after
}

check_hung() {
  plug
  order deaf
  until_true 5 'the controller is deaf' logged '^deaf$'
  collect
  says 'does not answer'
  order well
  scans
  play /vm/scripts/after.air
  collect_ends
  expect after
}

uptime_s() { cut -d. -f1 /proc/uptime; }
has_passed() { [ "$(uptime_s)" -gt "$1" ]; }

# Stopped for more than ten seconds, as by a machine that swaps or sleeps: what the socket kept of that time is not told,
# since nobody knows when it came, and the time counts as deaf.
check_held_up() {
  plug
  collect
  scans
  play /vm/scripts/before.air
  kill -STOP $collect_pid
  order 'play /vm/scripts/legacy.air'
  until_true 5 'it is played' logged '^played /vm/scripts/legacy.air '
  until_true 20 'eleven seconds have passed' has_passed $(($(uptime_s) + 11))
  kill -CONT $collect_pid
  scans 2
  play /vm/scripts/after.air
  collect_ends
  expect before-after
  local deaf=$(sed -n 's/^drop deaf //p' $dir/told)
  [ "${deaf:-0}" -ge 11 ] || fail "of eleven seconds, ${deaf:-0} are told as deaf"
}

# --- other programs

check_switched_off_by_another() {
  plug
  collect
  scans
  play /vm/scripts/before.air
  scan off || fail 'scanning cannot be switched off'
  scans 2
  play /vm/scripts/after.air
  collect_ends
  expect before-after
}

# The kernel's own scan is active and filtered; the collector takes the scan back, and again when the kernel ends it.
check_discovery_by_the_kernel() {
  plug
  collect
  scans
  play /vm/scripts/before.air
  scan discover || fail 'the kernel does not discover'
  until_true 10 'the kernel scans' logged '^scan on extended active'
  until_true 10 'collect scans again' last_scan_is 'scan on extended passive'
  scan discovered || fail 'the kernel does not end it'
  until_true 10 'collect scans at last' last_scan_is 'scan on extended passive'
  play /vm/scripts/after.air
  collect_ends
  expect before-after
}

check_other_kind_of_command() {
  plug
  scan reset && scan legacy || fail 'legacy scanning is refused'
  collect
  says 'refuses'
  logged '^command 2041 0c ' || fail 'nothing was disallowed'
  last_scan_is 'scan on legacy passive' || fail "the other program's scan has been ended"
  scan down && scan up || fail 'the switch'
  until_true 10 'it listens' logged '^scan on extended'
  play /vm/scripts/after.air
  collect_ends
  expect after
}

check_taken_by_the_other_kind() {
  plug
  collect
  scans
  play /vm/scripts/before.air
  scan reset && scan legacy || fail 'legacy scanning is refused'
  says 'refuses'
  scan down && scan up || fail 'the switch'
  until_true 10 'it listens again' logged_times 2 '^scan on extended'
  play /vm/scripts/after.air
  collect_ends
  expect before-after
}

# --- bounds and rights

adverts_in() {
  grep -c '^[0-9]' /vm/scripts/$1.air
}

check_flood() {
  plug
  collect
  scans
  play /vm/scripts/after.air
  local before=$(status_of VmRSS) peaks round
  for round in 1 2 3; do # from the second one on everything is in place
    cp /vm/scripts/flood.air $dir/flood-$round.air
    play $dir/flood-$round.air
    peaks="$peaks $(status_of VmHWM)"
  done
  play /vm/scripts/before.air
  collect_ends
  told $spool >$dir/told || fail 'the spool cannot be read'
  echo "flood: $before KiB before, at most$peaks in it, $(sed -n 's/^total //p' $dir/told), $(grep "^drop" $dir/told | tr "\n" ",")"
  set -- $peaks
  [ $1 -le $((before + 8192)) ] || fail "$before KiB became $1"
  # Under load the allocator keeps some 260 KiB more; six bytes lost with each advert would be 600.
  [ $3 -le $(($2 + 512)) ] || fail "$2 KiB became $3"
  # Every advert that was sent is told, or was in an event for which the socket had no room: a flood has 10 in each.
  local heard=$(sed -n 's/^total .* adverts //p' $dir/told) lost=$(sed -n 's/^drop overrun //p' $dir/told)
  is 'adverts told and lost' "$((heard + 10 * ${lost:-0}))" $((3 * 100000 + $(adverts_in after) + $(adverts_in before)))
  # 21 is heard before the flood and after, 23 before, 22 after; of the flood's own, what the socket could keep.
  grep -q '^static adverts 3 rssi 3 sum -182 max -60$' $dir/told || fail 'the device before and after is not told as heard'
  grep -q '^public adverts 1 rssi 1 sum -80 max -80$' $dir/told || fail 'the device before the flood is not told'
  grep -q '^drop table_full ' $dir/told || fail 'the table never was full: there was no flood'
}

check_net_raw_alone() {
  plug
  collect as_radio -all,+net_raw
  scans
  is 'the user' "$(status_of Uid)" 900
  is 'the capability' "$(status_of CapEff)" 0000000000002000
  play /vm/scripts/legacy.air
  collect_ends
  expect legacy
}

check_no_right() {
  plug
  collect as_radio -all
  says 'CAP_NET_RAW is missing'
  logged '^scan on' && fail 'it scans'
  collect_ends
  grep -q '"adapter_state": *"no_right"' $spool/radio.status.json || fail 'the status file does not say so'
}

# Its sockets are HCI and Unix ones, and it can make no others: tried in each of its threads by probe.
check_confined() {
  plug
  sleep 1000 &
  is 'kinds of sockets that anybody can open' "$(probe $! | grep -c ' open$')" 10
  kill $!
  collect
  scans
  is NoNewPrivs "$(status_of NoNewPrivs)" 1
  is Seccomp "$(status_of Seccomp)" 2
  is 'what it may' "$(status_of CapPrm) $(status_of CapEff) $(status_of CapInh) $(status_of CapAmb)" \
    '0000000000002000 0000000000002000 0000000000000000 0000000000000000'
  local inodes=$(ls -l /proc/$collect_pid/fd | sed -n 's/.*socket:\[\([0-9]*\)\]$/\1/p') inode
  [ -n "$inodes" ] || fail 'it has no socket at all'
  for inode in $inodes; do
    grep -qw "$inode" /proc/net/hci /proc/net/unix || fail "socket $inode is neither HCI nor Unix"
  done
  probe $collect_pid >$dir/probe || fail 'it cannot be asked'
  diff /vm/scripts/confined.probe $dir/probe || fail 'other sockets can be opened'
  play /vm/scripts/legacy.air
  collect_ends
  expect legacy
}

# ---

yukikai-keys make --keys /run/keys --name edge || echo 'there are no keys'
for name in "$@"; do
  (
    rm -rf $dir
    mkdir -p $dir
    chmod 711 $dir
    began=$(cut -d ' ' -f 1 /proc/uptime)
    check_"$name"
    echo "ok $name ($(cut -d ' ' -f 1 /proc/uptime | awk -v b="$began" '{ printf "%.1f", $1 - b }') s)"
  )
  # What a check has left, failed or not.
  for pid in $(pidof controller yukikai-collect scan sleep); do kill -9 "$pid"; done
  until_true 5 'the adapter is gone' [ ! -e /sys/class/bluetooth/hci0 ]
done
echo 'all checks ran'
