# SPDX-License-Identifier: BSD-2-Clause
"""Structures on the wire: those that the device reads or writes, which a driver marks __packed.

    w = Wire([root, ...])           of port_ast
    w.faults                        members whose size or order is not the same everywhere
    w.asserts(source)               _Static_asserts of every size and offset that a file sees

The expected layout is computed here from the declarations, by the sizes of the fixed-width types;
then each compiler, for each machine, has to agree.
"""
import re

SIZES = {"uint8_t": 1, "int8_t": 1, "uint16_t": 2, "int16_t": 2, "uint32_t": 4, "int32_t": 4,
         "uint64_t": 8, "int64_t": 8, "char": 1, "unsigned char": 1, "signed char": 1}
RULE = "a structure of the device's has fixed-width members only"


class Field:
    """A member of a wire structure."""

    def __init__(self, node):
        self.node, self.name = node, node.name
        m = re.fullmatch(r"(?:const |volatile )*(.*?)\s*((?:\[\d*\])*)", node.type)
        self.base = m[1]
        self.dims = [int(d) if d else 0 for d in re.findall(r"\[(\d*)\]", m[2])]

    def count(self):
        """Elements, when it is an array."""
        n = 1
        for d in self.dims:
            n *= d
        return n


class Record:
    """A packed structure or union."""

    def __init__(self, node):
        self.node, self.name = node, node.name
        self.tag = node.data.get("tagUsed", "struct")
        self.fields = [Field(c) for c in node.children if c.kind == "FieldDecl"]
        self.nested = [c for c in node.children if c.kind == "RecordDecl"]

    def spelled(self):
        """Its name in C."""
        return f"{self.tag} {self.name}"


def _packed(node):
    return node.kind == "RecordDecl" and node.data.get("completeDefinition") and any(
        c.kind == "PackedAttr" for c in node.children)


class Wire:
    """The packed structures of several files."""

    def __init__(self, roots):
        self.records = {}       # name in C: Record
        self.seen = {}          # name in C: the roots that see it
        self.ids = [{} for _ in roots]      # for each root: FieldDecl's id -> Field
        self.faults = []        # (node, text)
        self._told = set()
        for number, root in enumerate(roots):
            for node in root.children:
                if _packed(node) and node.name:
                    self._add(number, node)
        for record in self.records.values():
            self._measure(record)

    def _add(self, number, node):
        record = Record(node)
        spelled = record.spelled()
        self.seen.setdefault(spelled, []).append(number)
        for inner in node.walk():
            if inner.kind == "FieldDecl":
                self.ids[number][inner.data["id"]] = Field(inner)
        if spelled not in self.records:
            self.records[spelled] = record
            self._judge(node)

    def _judge(self, node):
        for inner in node.walk():
            if inner.kind != "FieldDecl":
                continue
            field = Field(inner)
            where = f"{node.data.get('tagUsed', 'struct')} {node.name}.{inner.name}"
            if inner.data.get("isBitfield"):
                self._fault(inner, f"{where} is a bit-field, whose bits have another order on "
                            f"another machine: {RULE}, and masks for bits")
            elif field.base not in SIZES and not re.match(r"(struct|union) ", field.base):
                self._fault(inner, f"{where} is {field.base}, whose size is not the same on all "
                            f"machines: {RULE}")

    def _measure(self, record):
        """A layout that is not known here would not be checked."""
        if self.size(record) is None and not self.faults:
            self._fault(record.node, f"{record.spelled()}: its layout cannot be told from its "
                        f"declaration, and so is not checked: {RULE}, or such structures")

    def _fault(self, node, text):
        if text not in self._told:
            self._told.add(text)
            self.faults.append((node, text))

    # ---- layout ----

    def _size(self, field, record):
        if field.base in SIZES:
            one = SIZES[field.base]
        elif field.base in self.records:
            one = self.size(self.records[field.base])
        else:
            one = self._anonymous(field, record)
        return None if one is None else one * (field.count() if field.dims else 1)

    def _anonymous(self, field, record):
        """The size of a member whose type is declared in place."""
        for node in record.nested:
            line = f":{node.data.get('loc', {}).get('line', node.line)}:"
            if not node.name and (line in field.base or len(record.nested) == 1):
                return self.size(Record(node))
        return None

    def offsets(self, record):
        """[(name, offset), ...]; stops at a member of a size unknown here."""
        out, at = [], 0
        for field in record.fields:
            if field.node.data.get("isBitfield"):
                break
            out.append((field.name, at))
            size = self._size(field, record)
            if size is None:
                break
            if record.tag == "struct":
                at += size
        return out

    def size(self, record):
        """Of the whole, or None."""
        sizes = [self._size(f, record) for f in record.fields]
        if None in sizes or any(f.node.data.get("isBitfield") for f in record.fields):
            return None
        return sum(sizes) if record.tag == "struct" else max(sizes, default=0)

    def plan(self):
        """{number of a root: names of structures to check there}, each structure once."""
        out = {}
        for spelled in sorted(self.records):
            seen = self.seen[spelled]
            number = next((n for n in seen if n in out), seen[0])
            out.setdefault(number, []).append(spelled)
        return out

    def asserts(self, spelled):
        """The _Static_asserts for one structure, as lines of C."""
        record = self.records[spelled]
        lines, size = [], self.size(record)
        if size is not None:
            lines.append(f'_Static_assert(sizeof({spelled}) == {size}, '
                         f'"{spelled}: size is not {size}");')
        for name, at in self.offsets(record):
            if name:
                lines.append(f'_Static_assert(__builtin_offsetof({spelled}, {name}) == {at}, '
                             f'"{spelled}.{name}: offset is not {at}");')
        return lines
