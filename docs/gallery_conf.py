"""Settings of the gallery: every example is run when the site is built."""

from mkdocs_gallery.gen_gallery import DefaultResetArgv

conf = {
    "reset_argv": DefaultResetArgv(),
    "filename_pattern": r"/example_",
    "abort_on_example_error": True,
    "show_memory": False,
    "image_scrapers": ("matplotlib",),
    "min_reported_time": 0,
    "download_all_examples": False,
}
