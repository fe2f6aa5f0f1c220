# SPDX-License-Identifier: BSD-2-Clause
"""What the guests' scripts have in common, for busybox's shell: waiting, scans, a supplicant.

With ASK, "ask WORD..." returns when the test has done what that means (asking.Requests).
Waits end with what is waited for; 1200 turns are two minutes at least and end a hang only. Many
pings of which none may be lost go by `ping -A`, each when the one before is answered: more than the
guest has time for would be a queue that Linux makes shorter.
"""
ASK = """
exec 4<>/dev/voy/test
ask() { echo "$*" >&4; read -r answer <&4; [ "$answer" = ok ] || echo "FAILED $*: $answer"; }
"""
TOOLS = """
part() { echo "== $1 $(cut -d' ' -f1 /proc/uptime)"; echo "== $1" >/dev/kmsg; }
wait_until() { i=0; until "$@" 2>/tmp/why; do [ $i -gt 1200 ] && echo "TIMEOUT $*" $(cat /tmp/why) &&
	return 1; i=$((i + 1)); sleep 0.1; done; }
holds() { [ "$(cat $1 2>/dev/null)" = "$2" ]; }
wait_for() { wait_until holds "$1" "$2"; }
wait_wlan() { wait_for /sys/class/net/wlan0/address "$1"; }

# scan ARGUMENTS...: one scan, and what is known then. `iw scan` itself begins to listen for the
# end of a scan only when that has begun, so it may miss it and wait for ever: a short scan's
# easily, that of all channels when the guest hardly gets the processor.
lines() { grep -c "$1" "$2" 2>/dev/null; }
more() { [ "$(lines "$1" "$2")" -gt $3 ]; }
ENDED="scan finished\\|scan aborted"
heard() { iw dev wlan0 scan trigger freq 2412; sleep 0.2; more "$ENDED" /tmp/events 0; }
listen() { iw event >/tmp/events & wait_until heard; }
scan() { n=$(lines "$ENDED" /tmp/events); wait_until iw dev wlan0 scan trigger "$@" &&
	wait_until more "$ENDED" /tmp/events $n && iw dev wlan0 scan dump; }
# scan_for N SCAN...: SCAN until N networks are in its list. A beacon may pass by, as on any air.
scan_for() { want=$1; shift; for try in 1 2 3 4 5 6 7 8 9 10; do
	"$@" >/tmp/scan; [ "$(lines "^BSS" /tmp/scan)" -ge $want ] && break; done; cat /tmp/scan; }

dhcp() { udhcpc -i wlan0 -n -q -f -t 30 -T 1 >/dev/null 2>&1 && echo LEASE; }
# supplicant NETWORK: a new wpa_supplicant with a log of its own.
gone() { ! pidof "$1" >/dev/null; }
supplicant() { killall wpa_supplicant 2>/dev/null; wait_until gone wpa_supplicant
	: >/tmp/wpa.log; printf 'ctrl_interface=/run/wpa\\n%s\\n' "$1" >/tmp/wpa.conf
	wpa_supplicant -B -i wlan0 -c /tmp/wpa.conf -f /tmp/wpa.log
	wpa_cli -p /run/wpa scan_interval 1 >/dev/null; }
state() { wpa_cli -p /run/wpa status | grep -q "^wpa_state=$1\\$"; }
logged() { [ "$(lines "$1" /tmp/wpa.log)" -ge $2 ]; }
# wait_wpa WORD N: until the supplicant has said WORD for the Nth time.
wait_wpa() { wait_until logged "CTRL-EVENT-$1" $2 && echo "WPA $1 $2"; }
# busybox wants this folder to be there before it unloads anything
mkdir -p /lib/modules/$(uname -r); touch /lib/modules/$(uname -r)/modules.dep.bb
reload() { cd /lib/modules/$(uname -r) && rmmod iwlmvm && rmmod iwlwifi &&
	insmod /voy/modules/iwlwifi.ko && insmod /voy/modules/iwlmvm.ko; }
"""
