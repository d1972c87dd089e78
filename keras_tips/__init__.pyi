from . import callbacks as callbacks
from . import initializers as initializers
from . import layers as layers
from . import regularizers as regularizers
from . import schedules as schedules
from . import search as search
from . import testing as testing
from . import tips as tips
from .callbacks.diagnose import diagnose as diagnose
from .callbacks.doctor import Doctor as Doctor
from .callbacks.examine import examine as examine
from .records.run_file import load_run as load_run

__version__: str
