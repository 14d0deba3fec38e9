"""What every attack needs on the linear model of four classes and 6 x 6 pixels."""

FIXED = {
    "fgsm": {"eps": 0.13},
    "ifgsm": {"eps": 0.12, "step_size": 0.01},
    "mifgsm": {"eps": 0.12, "step_size": 0.01, "iterations": 20},
    "pgd2": {"eps": 0.6, "step_size": 0.05},
    "square": {"eps": 0.2, "iterations": 300},
    "qpgd2": {"eps": 0.6, "step_size": 0.05, "alpha": 0.5},
}

# Those whose L2 norm is within 5 % of the least that there is.
MINIMUM_L2 = {
    "cw": {"search_steps": 6, "iterations": 60, "initial_c": 1.0, "learning_rate": 0.02},
    "scw": {
        "search_steps": 6,
        "iterations": 60,
        "initial_c": 1.0,
        "learning_rate": 0.02,
        "alpha": 0.5,
    },
    "ddn": {},
    "fmn": {},
    "apgd": {"initial_eps": 0.3, "iterations": 30},
    "bp": {},
    "deepfool": {},
    "superdeepfool": {},
    "alma": {"learning_rate": 0.03},
    "lbfgs": {"search_steps": 8, "iterations": 30},
}

# Those that minimise something else than the L2 norm, or give up some of it.
OTHER = {
    "nes": {"iterations": 60},
    "sddn": {"alpha": 0.5, "iterations": 40},
    "salma": {"alpha": 0.5, "iterations": 60},
    "smoothness_penalty": {
        "search_steps": 6,
        "iterations": 40,
        "initial_c": 1.0,
        "learning_rate": 0.02,
        "alpha": 0.5,
    },
    "perc_al": {"iterations": 60},
}

ALL = {**FIXED, **MINIMUM_L2, **OTHER}
