"""True classes of images: from tables and folders as people have them to class numbers."""

from __future__ import annotations

from percept_adv.labels.classes import Classes, read_class_names
from percept_adv.labels.folders import has_class_folders, read_class_folders
from percept_adv.labels.images import Goal, ImageClasses, assign_classes
from percept_adv.labels.naming import name_of, show_class
from percept_adv.labels.offset import offset_hint
from percept_adv.labels.sets import LabelSets
from percept_adv.labels.table import LABEL_COLUMNS, TARGET_COLUMNS, Row, Table, read_table

__all__ = [
    "LABEL_COLUMNS",
    "TARGET_COLUMNS",
    "Classes",
    "Goal",
    "ImageClasses",
    "LabelSets",
    "Row",
    "Table",
    "assign_classes",
    "has_class_folders",
    "name_of",
    "offset_hint",
    "read_class_folders",
    "read_class_names",
    "read_table",
    "show_class",
]
