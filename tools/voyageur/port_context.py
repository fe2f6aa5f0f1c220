# SPDX-License-Identifier: BSD-2-Clause
"""Contexts: does a handler, or what it calls, call what pdk.h forbids there?

    for node, text in context.faults(roots): ...

Followed are calls by name from the functions that a driver hands to the pdk: the filter of
pdk_intr_establish(), the handler of pdk_timer_init().  Calls through pointers are not seen; the
checked shim sees them when the driver runs.
"""
FILTER_MAY = ("pdk_uptime_ms", "pdk_map_nsegs", "pdk_map_addr", "pdk_map_len", "pdk_delay",
              "pdk_assert_failed", "pdk_assert_unlocked")
SLEEPS = ("pdk_wait", "pdk_call", "pdk_worker_drain", "pdk_timer_drain", "pdk_intr_alloc",
          "pdk_intr_establish", "pdk_intr_disestablish", "pdk_dma_alloc", "pdk_dma_free",
          "pdk_map_create", "pdk_map_destroy", "pdk_firmware_get", "pdk_firmware_put",
          "pdk_pci_map_bar")
# What a driver hands to whom: the function called, which argument, the context.
HANDLERS = {"pdk_intr_establish": (3, "FILTER"), "pdk_timer_init": (3, "TIMER")}
RULES = {
    "FILTER": "FILTER is a hard interrupt: no lock, no sleep, no allocation, registers only "
              "(pdk.h)",
    "TIMER": "TIMER is entered with the lock held and must not sleep (pdk.h)",
}


def _forbidden(context, name):
    if context == "FILTER":
        return name.startswith(("pdk_", "pdk80211_", "pdknet_", "m_")) and name not in FILTER_MAY
    return name == "pdk_lock" or name in SLEEPS


class _Functions:
    """The functions of a driver and what they call."""

    def __init__(self, roots):
        self.calls = {}         # (its file when static, else None; name): (file, [(callee, node)])
        self.handlers = []      # (file, name, context); a file is the number of its root
        for number, root in enumerate(roots):
            for node in root.children:
                if node.kind == "FunctionDecl" and _has_body(node):
                    self._add(number, node)

    def _add(self, number, function):
        static = function.data.get("storageClass") == "static"
        calls = []
        self.calls[number if static else None, function.name] = number, calls
        for node in function.walk():
            if node.kind != "CallExpr":
                continue
            name = node.callee()
            if not name:
                continue
            calls.append((name, node))
            at, context = HANDLERS.get(name, (None, None))
            handler = _function(node.children[at]) if at and len(node.children) > at else None
            if handler:
                self.handlers.append((number, handler, context))

    def of(self, number, name):
        """Where the function is that file `number` knows as `name`, and what it calls."""
        return self.calls.get((number, name)) or self.calls.get((None, name)) or (number, ())


def _has_body(node):
    return any(c.kind == "CompoundStmt" for c in node.children)


def _function(node):
    """The function that an argument names."""
    while node.kind in ("ImplicitCastExpr", "ParenExpr", "UnaryOperator"):
        node = node.children[0]
    return node.refers("FunctionDecl")


def faults(roots):
    """[(node, text)]: calls that a context forbids, with the way there."""
    functions = _Functions(roots)
    out, told = [], set()
    for number, handler, context in functions.handlers:
        seen, todo = set(), [(number, handler, (handler,))]
        while todo:
            file, name, way = todo.pop(0)
            file, calls = functions.of(file, name)
            if (file, name) in seen:
                continue
            seen.add((file, name))
            for callee, node in calls:
                if _forbidden(context, callee) and (context, node) not in told:
                    told.add((context, node))
                    out.append((node, f"{callee}() is called in {context} "
                                f"({' -> '.join((*way, callee))}): {RULES[context]}"))
                todo.append((file, callee, (*way, callee)))
    return out
