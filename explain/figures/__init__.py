"""From results to Plotly figures and bars, each with the sentence that says what it shows."""

from explain.core.messages import number
from explain.figures import wording
from explain.figures.amounts import amount_curve, layer_bars, score_histogram
from explain.figures.attribution_maps import AttributionMaps, MapTile, attribution_maps
from explain.figures.cases import CaseWords, case_line, case_name, case_words
from explain.figures.causes import give_back_bars, give_back_sentence
from explain.figures.chart import (
    HERE,
    KEPT,
    NEGATIVE,
    POSITIVE,
    REMOVED,
    SMALL,
    TOKENS_CSS,
    Bar,
    Bars,
    Chart,
    Frame,
    Mark,
    shade,
)
from explain.figures.cut import cut_bars, dendrogram_chart, quality_sentence
from explain.figures.drift import drift_curve_chart, drift_line, other_likenesses
from explain.figures.fields import FieldPair, field_pair, heat_pair, kernel_tiles, outline
from explain.figures.groups import class_bars, flips_by_group, group_flips
from explain.figures.importances import importance_bars, importance_maps
from explain.figures.localised import (
    ClaimRow,
    LocalisationRow,
    claim_rows,
    claim_sentences,
    localisation_rows,
)
from explain.figures.maps import Channel, ChannelGrid, channel_grid, map_uris
from explain.figures.module_curve import module_curve
from explain.figures.module_graph import module_graph
from explain.figures.module_pairs import ModulePairs, PairCell, module_pairs
from explain.figures.module_table import (
    Interval,
    ModuleRow,
    ModuleTable,
    contributions_sentence,
    interactions_sentence,
    module_table,
    partition_sentences,
)
from explain.figures.parts import (
    Fall,
    MessageReading,
    PartRow,
    PartTable,
    Token,
    Waterfall,
    parts_of_table,
    readings,
    waterfall,
)
from explain.figures.pixels import Triple, signed, thumbnail
from explain.figures.reason_checks import cascade_bars, drift_sentence, lift_bars
from explain.figures.ribbon import RibbonCurve, RibbonReading, ribbon_curve, ribbon_reading
from explain.figures.strip import Strip, strip
from explain.figures.table import (
    NUMBER,
    Cell,
    Chip,
    Row,
    Stretch,
    Table,
    Text,
    Track,
    diverging,
    place_on_track,
    to_html,
)
from explain.figures.unit_map import unit_map
from explain.figures.wording import Answer, Facts, answer, decision_name, facts, output_name

__all__ = [
    "HERE",
    "KEPT",
    "NEGATIVE",
    "NUMBER",
    "POSITIVE",
    "REMOVED",
    "SMALL",
    "TOKENS_CSS",
    "Answer",
    "AttributionMaps",
    "Bar",
    "Bars",
    "CaseWords",
    "Cell",
    "Channel",
    "ChannelGrid",
    "Chart",
    "Chip",
    "ClaimRow",
    "Facts",
    "Fall",
    "FieldPair",
    "Frame",
    "Interval",
    "LocalisationRow",
    "MapTile",
    "Mark",
    "MessageReading",
    "ModulePairs",
    "ModuleRow",
    "ModuleTable",
    "PairCell",
    "PartRow",
    "PartTable",
    "RibbonCurve",
    "RibbonReading",
    "Row",
    "Stretch",
    "Strip",
    "Table",
    "Text",
    "Token",
    "Track",
    "Triple",
    "Waterfall",
    "amount_curve",
    "answer",
    "attribution_maps",
    "cascade_bars",
    "case_line",
    "case_name",
    "case_words",
    "channel_grid",
    "claim_rows",
    "claim_sentences",
    "class_bars",
    "contributions_sentence",
    "cut_bars",
    "decision_name",
    "dendrogram_chart",
    "diverging",
    "drift_curve_chart",
    "drift_line",
    "drift_sentence",
    "facts",
    "field_pair",
    "flips_by_group",
    "give_back_bars",
    "give_back_sentence",
    "group_flips",
    "heat_pair",
    "importance_bars",
    "importance_maps",
    "interactions_sentence",
    "kernel_tiles",
    "layer_bars",
    "lift_bars",
    "localisation_rows",
    "map_uris",
    "module_curve",
    "module_graph",
    "module_pairs",
    "module_table",
    "number",
    "other_likenesses",
    "outline",
    "output_name",
    "partition_sentences",
    "parts_of_table",
    "place_on_track",
    "quality_sentence",
    "readings",
    "ribbon_curve",
    "ribbon_reading",
    "score_histogram",
    "shade",
    "signed",
    "strip",
    "thumbnail",
    "to_html",
    "unit_map",
    "waterfall",
    "wording",
]
