"""Tree and controls side by side, one above the other where there is little room."""

from __future__ import annotations

from typing import Any

import ipywidgets  # type: ignore[import-untyped]

from labkit.widgets.controls import ControlsWidget
from labkit.widgets.text import processes_text, tree_text
from labkit.widgets.tree import TreeWidget


class Dashboard(ipywidgets.Box):  # type: ignore[misc]  # ipywidgets has no types
    """A wrapping row of the tree, the controls and whatever else the era has."""

    def __init__(self, tree: TreeWidget, controls: ControlsWidget, *others: Any) -> None:
        tree.layout = ipywidgets.Layout(flex="3 1 30rem", min_width="0", margin="0")
        controls.layout = ipywidgets.Layout(flex="2 1 25rem", min_width="0", margin="0")
        self.tree, self.controls = tree, controls
        layout = ipywidgets.Layout(flex_flow="row wrap", align_items="flex-start", grid_gap="12px", overflow="visible")
        super().__init__(children=[tree, controls, *others], layout=layout)

    def close(self) -> None:
        """Close the parts and take the dashboard off the page."""
        for part in self.children:
            part.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle:
            below = processes_text(self.controls.processes, self.controls.line)
            bundle["text/plain"] = f"{tree_text(self.tree.source.view())}\n\n{below}"
        return bundle
