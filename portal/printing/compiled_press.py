"""Write what can be compiled and render the rest, behind the typesetter's interface."""

from portal.printing import compiled_template
from portal.printing.compiled_equality import differences
from portal.printing.compiled_plan import NotCompiled, Plan, plan_for
from portal.printing.compiled_template import Template
from portal.printing.fonts import TextRefused
from portal.printing.orders import Order
from portal.printing.typesetter import Typesetter

_KEPT = 8  # Kinds, with and without Latin letters, and those of another day.


class Press:
    """The files of one process, each made the way that its own order decides.

    `why_set` says why the last order that may be compiled was set as a page of its own; it is empty otherwise.
    """

    def __init__(self, typesetter: Typesetter) -> None:
        self._typesetter = typesetter
        self._kept: list[tuple[Order, Template | str]] = []
        self.why_set = ""

    def render(self, order: Order) -> bytes:
        """Return the PDF of an order; refuses as the typesetter does."""
        self.why_set = ""
        if plan := plan_for(order):
            try:
                return self._template(plan, plan.sample(order, 0)).write(order)
            except (NotCompiled, TextRefused) as reason:
                self.why_set = str(reason) if isinstance(reason, NotCompiled) else "A line is refused."
        return self._typesetter.render(order)

    def _template(self, plan: Plan, reference: Order) -> Template:
        """Return the template of a reference, compiled when it is first needed.

        :raises NotCompiled: if it could not be compiled.
        """
        template = next((template for known, template in self._kept if known == reference), None)
        if template is None:
            template = self._compiled(plan, reference)
            self._kept = [*self._kept[1 - _KEPT :], (reference, template)]
        if isinstance(template, str):
            raise NotCompiled(template)
        return template

    def _compiled(self, plan: Plan, reference: Order) -> Template | str:
        """Return the template of a reference if it writes another sample as the typesetter sets it, else what fails."""
        try:
            template = Template(plan, reference, self._typesetter.render(reference, compiled_template.style(plan)))
            check = plan.sample(reference, 1)
            found = differences(template.write(check), self._typesetter.render(check))
        except (MemoryError, OSError):
            raise  # It fails today and not tomorrow: the file waits, so that an order is always made in the same way.
        except Exception as error:  # Whatever a new version of a library does, pages can still be set.
            return f"Compiling fails: {type(error).__name__}"
        return f"Compiled files differ: {found[0]}" if found else template
