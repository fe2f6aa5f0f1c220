# SPDX-License-Identifier: BSD-2-Clause
"""Byte order: is every member of a wire structure converted where it is read or written?

    for node, text in order.faults(root, ids): ...      # ids: port_wire.Wire.ids of that root

A member of 2, 4 or 8 bytes may be the argument of le*toh() or be*toh(), be assigned what hto*()
gives (perhaps by way of a variable), zero or another such member, be compared or masked with
these, be tested for zero, have its address taken.  Anything else takes the device's byte order for
the processor's.  So does a pointer to bytes that is cast to one to a wider number; on some machines
it traps, too.

The tree must come from a file compiled with tools/port/contract/byteorder.h, in which every
conversion is a visible call.
"""
import re

from . import port_wire

SWAPS = re.compile(r"__builtin_bswap(16|32|64)$")
THROUGH = ("ParenExpr", "ImplicitCastExpr", "CStyleCastExpr", "ConstantExpr")
WIDE = {"uint16_t": 2, "int16_t": 2, "uint32_t": 4, "int32_t": 4, "uint64_t": 8, "int64_t": 8,
        "short": 2, "unsigned short": 2, "int": 4, "unsigned int": 4, "long": 8,
        "unsigned long": 8, "long long": 8, "unsigned long long": 8}
BYTES = ("char", "unsigned char", "signed char", "uint8_t", "int8_t")
READ = ("{what} is in the device's byte order: read it through le16toh(), le32toh() or le64toh() "
        "(byteorder(9)); a driver does not assume that the processor is little endian")
WRITE = ("{what} is in the device's byte order: give it what htole16(), htole32() or htole64() "
         "returns (byteorder(9)); a driver does not assume that the processor is little endian")
CAST = ("cast of {source} to {to}: reads several bytes at once, in the processor's byte order and "
        "perhaps unaligned; copy them with memcpy() and convert with le*toh(), or use a __packed "
        "structure")


LOOSE = ("{what} of struct {record} is converted as one of the device's, but the structure is not "
         "__packed: mark it, so that its layout is checked on every machine")


class _Judge:
    def __init__(self, ids, given):
        self.ids, self.given = ids, given
        self.out = []

    def wide(self, node):
        """The Field when `node` is a wire member of several bytes, perhaps an element of one."""
        while node.kind in ("ParenExpr", "ArraySubscriptExpr") or (
                node.kind == "ImplicitCastExpr"
                and node.data.get("castKind") in ("ArrayToPointerDecay", "NoOp")):
            node = node.children[0]
        if node.kind != "MemberExpr":
            return None
        field = self.ids.get(node.data.get("referencedMemberDecl"))
        return field if field and port_wire.SIZES.get(field.base, 0) > 1 else None

    # ---- values ----

    def converted(self, node):
        """True when an expression's value is in the device's byte order, or the same in both."""
        while node.kind in THROUGH:
            node = node.children[0]
        if node.kind == "CallExpr":
            return bool(SWAPS.match(node.callee() or ""))
        if node.kind == "DeclRefExpr":
            return self._local(node.data.get("referencedDecl", {}).get("id"))
        if node.kind == "IntegerLiteral":
            return _same_bytes(int(node.data.get("value", "1")))
        if node.kind == "UnaryOperator" and node.data.get("opcode") in ("~", "-"):
            return self.converted(node.children[0])
        if node.kind == "BinaryOperator" and node.data.get("opcode") in ("|", "&", "^"):
            return all(self.converted(c) for c in node.children)
        if node.kind == "BinaryOperator" and node.data.get("opcode") == "=":
            return self.converted(node.children[1])
        if node.kind == "ConditionalOperator":
            return all(self.converted(c) for c in node.children[1:])
        return self.wide(node) is not None

    def _local(self, variable):
        """True when all that a variable is ever given is converted."""
        values = self.given.pop(variable, None)     # not there while it is looked at
        if not values:
            return False
        good = all(v is not None and self.converted(v) for v in values)
        self.given[variable] = values
        return good

    # ---- members ----

    def loose(self, node):
        """Judge the operand of a conversion: is it a member of a structure that is not packed?"""
        while node.kind in THROUGH or node.kind == "ArraySubscriptExpr":
            node = node.children[0]
        if node.kind != "MemberExpr" or node.data.get("referencedMemberDecl") in self.ids:
            return
        record = re.match(r"(?:const |volatile )*struct (\w+)", node.children[0].type)
        if record:
            self.out.append((node, LOOSE.format(what=node.name.lstrip("->."), record=record[1])))

    def member(self, node, field):
        """Judge one MemberExpr."""
        top, array = node, len(field.dims)
        while top.parent is not None:
            up = top.parent
            if up.kind == "ArraySubscriptExpr" and up.children[0] is top:
                array -= 1
            elif up.kind == "ParenExpr" or up.kind == "ImplicitCastExpr" \
                    and up.data.get("castKind") in ("ArrayToPointerDecay", "NoOp"):
                pass
            else:
                break
            top = up
        if array > 0 or top.parent is None:
            return      # the whole array, as for memcpy()
        what = f"{field.name}, a member of a structure of the device's,"
        if not self._use(top, top.parent):
            write = top.parent.kind in ("BinaryOperator", "CompoundAssignOperator") \
                and top.parent.children[0] is top
            self.out.append((node, (WRITE if write else READ).format(what=what)))

    def _use(self, node, up):
        """True when the lvalue `node` is used well by its parent."""
        kind, op = up.kind, up.data.get("opcode")
        if kind == "UnaryOperator":
            return op == "&"
        if kind == "UnaryExprOrTypeTraitExpr":
            return True
        if kind == "BinaryOperator" and op == "=" and up.children[0] is node:
            return self.converted(up.children[1])
        if kind == "CompoundAssignOperator" and up.children[0] is node:
            return op in ("|=", "&=", "^=") and self.converted(up.children[1])
        if kind == "ImplicitCastExpr" and up.data.get("castKind") == "LValueToRValue":
            return self._value(up, up.parent)
        return False

    def _value(self, node, up):
        """True when the value `node`, in the device's order, is used well by its parent."""
        while up.kind in THROUGH and up.data.get("castKind") != "IntegralToBoolean":
            node, up = up, up.parent
        kind, op = up.kind, up.data.get("opcode")
        if kind == "CallExpr":
            return bool(SWAPS.match(up.callee() or ""))
        if kind in ("IfStmt", "WhileStmt", "DoStmt", "ForStmt") or op in ("!", "&&", "||") \
                or up.data.get("castKind") == "IntegralToBoolean":
            return True
        if kind == "ConditionalOperator":
            return up.children[0] is node or self._value(up, up.parent)
        if kind == "BinaryOperator":
            return self._binary(node, up, op)
        if kind == "CompoundAssignOperator":
            return op in ("|=", "&=", "^=") and self.wide(up.children[0]) is not None
        if kind == "UnaryOperator" and op == "~":
            return self._value(up, up.parent)
        return kind == "InitListExpr"       # judged by the structure that it fills

    def _binary(self, node, up, op):
        other = up.children[1] if up.children[0] is node else up.children[0]
        if op in ("==", "!="):
            return self.converted(other)
        if op in ("&", "|", "^"):
            return self.converted(other) and self._value(up, up.parent)
        if op == "=":
            return self.wide(up.children[0]) is not None
        return False

    # ---- initialisers ----

    def initialiser(self, node, fields):
        """Judge `{ ... }` of a wire structure."""
        for child, field in zip(node.children, fields):
            if port_wire.SIZES.get(field.base, 0) < 2:
                continue
            for value in _leaves(child):
                if not self.converted(value):
                    what = f"{field.name}, a member of a structure of the device's,"
                    self.out.append((value, WRITE.format(what=what)))

    def cast(self, node):
        """Judge a cast of pointers."""
        source, to = _pointee(node.children[0].type), _pointee(node.type)
        if source in BYTES + ("uint16_t", "unsigned short") and WIDE.get(to, 0) > WIDE.get(
                source, 1) and _pointee(node.children[0].plain_type) != "void":
            self.out.append((node, CAST.format(source=f"a {source} *", to=f"{to} *")))


def _conversion(node):
    """True for a call of hto*(), whatever it is cast to; *toh()'s is below an __extension__."""
    while node.kind in THROUGH:
        node = node.children[0]
    return node.kind == "CallExpr" and bool(SWAPS.match(node.callee() or ""))


def _same_bytes(value):
    """True when a number is the same in both orders at 2, 4 or 8 bytes."""
    return any(value == (1 << bits) - 1 for bits in (16, 32, 64)) or value == 0


def _leaves(node):
    if node.kind == "InitListExpr":
        return [leaf for c in node.children for leaf in _leaves(c)]
    return [] if node.kind == "ImplicitValueInitExpr" else [node]


def _pointee(text):
    text = re.sub(r"\b(const|volatile|restrict)\b", "", text)
    if text.strip() == "caddr_t":
        return "char"
    m = re.fullmatch(r"\s*(.*?)\s*(?:\*\s*|\[\d*\])", text)
    return m[1].strip() if m else None


def _given(root):
    """{variable's id: what it is given}, None for what is not a plain assignment."""
    out = {}
    for node in root.walk():
        if node.kind == "VarDecl" and node.data.get("init"):
            out.setdefault(node.data["id"], []).append(node.children[-1])
        elif node.kind in ("BinaryOperator", "CompoundAssignOperator", "UnaryOperator") \
                and (node.data.get("opcode", "").endswith("=") or node.kind == "UnaryOperator") \
                and node.children[0].kind == "DeclRefExpr":
            variable = node.children[0].data.get("referencedDecl", {}).get("id")
            op = node.data["opcode"]
            if op not in ("==", "!=", "<=", ">=", "!", "~", "-", "+", "*"):
                out.setdefault(variable, []).append(
                    node.children[1] if op in ("=", "|=", "&=", "^=") else None)
    return out


def faults(root, ids, records):
    """[(node, text)] for a file: what depends on the processor's byte order."""
    judge = _Judge(ids, _given(root))
    for node in root.walk():
        if node.kind == "MemberExpr":
            field = ids.get(node.data.get("referencedMemberDecl"))
            if field and port_wire.SIZES.get(field.base, 0) > 1:
                judge.member(node, field)
        elif node.kind == "InitListExpr" and node.type.removeprefix("const ") in records:
            judge.initialiser(node, records[node.type.removeprefix("const ")].fields)
        elif node.kind == "CStyleCastExpr" and node.data.get("castKind") == "BitCast":
            judge.cast(node)
        elif node.data.get("opcode") == "__extension__" and _conversion(node.children[0]):
            judge.loose(node.children[0].children[1])
        elif node.kind == "BinaryOperator" and node.data.get("opcode") == "=" \
                and _conversion(node.children[1]):
            judge.loose(node.children[0])
    return judge.out
