"""The colours of pages; those of what is drawn on them are in `common.colors`."""

TEXT, QUIET, RULE, PAPER = "#1A1A1A", "#5F5F5F", "#DDDDDD", "#FFFFFF"
# From purple through white to orange: both ends are as dark, and differ for all eyes.
DIVERGING = "PuOr_r"
