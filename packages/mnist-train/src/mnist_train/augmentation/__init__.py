"""Pictures as other hands, pens, papers and cameras would have made them, a whole batch at a time."""
