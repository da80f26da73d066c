"""The colours of all pictures."""

# Okabe and Ito's colours, which all eyes can tell apart, without their yellow, which is too pale for lines.
BLACK, ORANGE, SKY, GREEN, BLUE, RED, PINK = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
TEXT, QUIET, RULE, PAPER = "#1A1A1A", "#5F5F5F", "#DDDDDD", "#FFFFFF"
# From purple through white to orange: both ends are as dark, and differ for all eyes.
DIVERGING = "PuOr_r"
