"""What is done once, in the process that forks those of `tests.parallel`, and need not be done in each of them."""

import gc

from sqlalchemy.orm import configure_mappers

from tests import applications

applications.make_addresses_when_asked()
configure_mappers()
gc.freeze()
