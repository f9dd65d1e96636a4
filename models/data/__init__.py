"""The shipped data of the demos: one reader a data set; LICENSES.md says where each comes from."""
