# SPDX-License-Identifier: BSD-2-Clause
# Stands for a kernel's tool of this name: METHOD int probe of INTERFACE device in a .m file
# becomes DEVICE_PROBE_MADE in a header beside which it is run.
BEGIN { ARGC = 2 }
/^INTERFACE/ { sub(/;/, "", $2); interface = $2 }
/^METHOD/ { method = $3 }
END {
	print "#define " toupper(interface) "_" toupper(method) "_MADE 1" > (interface "_if.h")
}
