from tests.recipes.blocks import AFTER, BEFORE, names


def test_every_recipe_of_the_page_is_run():
    assert names() == set(BEFORE) == set(AFTER)
