"""What the headings of a run's tables mean, and what to see in each table."""

from __future__ import annotations

SUMMARY_NOTE = (
    "A stronger attack has a higher P_suc at a lower D_bar. Compare D_bar only where P_suc is "
    "alike: an attack that fails on the hard images has a low mean over the easy ones."
)

SUMMARY_TERMS = (
    (
        "distortion",
        (
            "minimised by the attack; or the least eps of each image, searched; or given eps, of "
            "which the least that succeeds counts: D_bar then says more about these eps than about "
            "the model"
        ),
    ),
    ("accuracy", "share of all images that the model classifies correctly without attack"),
    ("N", "how many these are; only they are attacked"),
    ("successes", "those of N that the model misclassifies after the attack, as stored in 8 bits"),
    (
        "blind",
        (
            "those not fooled for which no gradient said where to go: the attack failed, the model "
            "need not be robust"
        ),
    ),
    ("P_suc", "successes / N"),
    ("D_bar", "mean L2 distance of the successes from their originals, on values in [0, 1]"),
    ("D_bar (float)", "the same before rounding to 8 bits"),
    ("Linf", "mean over the successes of the greatest change of a sample; 1/255 is 0.004"),
    ("PSNR, SSIM", "likeness to the original, means over the successes: higher is more alike"),
    ("CIEDE2000", "mean difference of colours: lower is more alike; below 1 it is hardly seen"),
    (
        "MAD, HI, LO",
        (
            "perceived distortion (Larson and Chandler, 2010) and its parts for faint and for "
            "clear distortions: lower is better, 0 is none"
        ),
    ),
)

ROBUST_NOTE = (
    "Share of all images that the model classifies correctly and that the attack does not fool "
    "within the distance. In the last row an image counts only if none of the attacks fools it: "
    "with a stronger attack the model may be worse, never better."
)

ROBUST_TERMS = (
    (
        "L2",
        (
            "length of the perturbation: the root of the sum of all squared changes, on values in "
            "[0, 1]; a change of every sample of 224 x 224 x 3 by one step of 8 bits has 1.52"
        ),
    ),
    ("Linf", "the greatest change of a sample; 1/255 is one step of 8 bits"),
)

PAIR_NOTE = (
    "On which share of the images the first attack is seen no more than the second: its MAD is "
    "not above, or below. MAD is 0 for each perturbation too faint to be seen: ties are common."
)

MISCLASSIFIED_NOTE = "They count as wrong in every accuracy, and no attack was run on them."

TRANSFER_NOTE = (
    "N counts images that both the attacked and the tested network classify correctly without "
    "attack; successes are those that the tested network misclassifies after it. Nothing was "
    "attacked anew."
)

COST_NOTE = "Means over the attacked images, all runs of an attack together."

COMPARED_NOTE = (
    "Share of the images that stay right within the distance. P_suc is the share of the images "
    "classified correctly that are fooled; median L2 that of the least distances at which they are."
)

PAIRED_NOTE = (
    "Of the images that both models classify correctly without attack. The ratio is the median "
    "over those that both fool: above 1, the second needs more. In the last column an image that "
    "is not fooled at all counts as farther."
)
