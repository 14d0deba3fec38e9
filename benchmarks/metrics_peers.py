"""MS-SSIM, GMSD and NLPD beside pyiqa's on the same luma, with time for each.

pip install '.[bench]' first, then: python benchmarks/metrics_peers.py
"""

from __future__ import annotations

from shared import grey_pair, in_turn, parser_of


def contenders(size: int):
    """Return metric -> (ours, pyiqa's), functions without arguments."""
    import torch
    from pyiqa.archs.gmsd_arch import gmsd as pyiqa_gmsd
    from pyiqa.archs.nlpd_arch import NLPD
    from pyiqa.archs.ssim_arch import ms_ssim as pyiqa_ms_ssim

    from percept_adv.metrics import gmsd, ms_ssim, nlpd

    pair = grey_pair(size)
    tensors = [torch.from_numpy(array / 255.0)[None, None] for array in pair]
    pyramid = NLPD(channels=1, test_y_channel=True).double()

    def pyiqa_nlpd():
        # Its own last step refuses grey images.
        bands = zip(*map(pyramid.pyramid, tensors), strict=True)
        return float(torch.stack([(a - b).square().mean().sqrt() for a, b in bands]).mean())

    return {
        "ms_ssim": (lambda: ms_ssim(*pair), lambda: float(pyiqa_ms_ssim(*tensors))),
        "gmsd": (
            lambda: gmsd(*pair),
            lambda: float(pyiqa_gmsd(*tensors, channels=1, test_y_channel=False)),
        ),
        "nlpd": (lambda: nlpd(*pair), pyiqa_nlpd),
    }


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for name, (ours, peer) in contenders(options.size).items():
        seconds = in_turn({"ours": ours, "pyiqa": peer}, rounds=options.rounds)
        mine, other = (1e3 * min(seconds[key]) for key in ("ours", "pyiqa"))
        print(
            f"{name:8s} ours {ours():.9f}  pyiqa {peer():.9f}"
            f"   ours {mine:6.1f} ms  pyiqa {other:6.1f} ms  pyiqa / ours {other / mine:.1f}"
        )


if __name__ == "__main__":
    main()
