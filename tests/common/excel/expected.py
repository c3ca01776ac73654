"""The columns of a county roster, as an import declares them."""

from common.excel.headings import ExpectedColumn

from .hostile import HEADINGS

COLUMNS = (
    ExpectedColumn(None, "序号"),
    *(ExpectedColumn(heading, heading, required=True) for heading in HEADINGS[1:]),
    ExpectedColumn("备注", "备注"),
)
