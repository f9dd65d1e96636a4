"""Which refusals of loading name nothing themselves."""

PLACED = frozenset(
    f"loading.pt2.{name}"
    for name in (
        *("batch_norm_training", "cuts_free_size", "dropout_active", "graph_in_graph"),
        *("input_of_size_zero", "input_size_is_formula", "no_list"),
        *("no_short_text", "no_size", "no_truth_value", "no_whole_number", "norm_of_inputs"),
        *("operator_without_value", "random_numbers", "range_no_pair", "size_is_formula"),
        *("recurrent_dropout_active", "unchecked_condition", "value_without_sizes"),
    )
) | {f"loading.checkpoint.calls.{name}" for name in ("no_whole_numbers", "tensor_without_shape")}
"""Those of a part of a file: the sentence after them says which operator, value or tensor it is."""

WHOLE = {
    "loading.archive": "damaged_directory damaged_end damaged_wide_end directory_end "
    "directory_length ends_differ no_directory start",
    "loading.assembling": "one_output vocabulary_no_utf8 weights_without_network",
    "loading.card": "no_object",
    "loading.checkpoint": "byte_order torchscript",
    "loading.checkpoint.calls": "no_storage storage_without_place tensor_without_storage",
    "loading.checkpoint.old": "bytes_behind keys no_head",
    "loading.checkpoint.pickle": "bytes_behind cut_off end",
    "loading.checkpoint.states": "empty",
    "loading.data": "empty_file no_rows pictures_wanted unasked_answer",
    "loading.files": "broke description_too_long not_started unasked_answer unusable_answer",
    "loading.inputs": "rows_depend",
    "loading.json": "half_letter nested_too_deep no_utf8",
    "loading.onnx": "damaged no_inputs no_model unreadable_card",
    "loading.paths": "zero_byte",
    "loading.pt2": "byte_order compiled no_checkpoint no_exported_network no_number several_fields",
    "loading.safetensors": "bytes_left cut_off header_no_object no_tensors too_few_bytes "
    "unreadable_card",
    "loading.tokens": "missing no_kind no_scores special_words strange_words",
    "unsupported_operation": "dropout_at_evaluation weight_of_input",
}
"""Those of a file, or of something in it that there is once: section -> names."""
