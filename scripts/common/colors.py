"""The colours of all pictures, which all eyes can tell apart."""

# Okabe and Ito's, without their yellow, which is too pale for anything on white.
BLACK, ORANGE, SKY, GREEN, BLUE, RED, PINK = (
    "#000000", "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
# The same for lines and large letters on white, at least three times as dark (WCAG 2.2, 1.4.11), and as different.
ON_WHITE = ("#00558A", "#A63C00", "#00805C", "#1A1A1A", "#C56A9E", "#B87A00", "#3391CC")
