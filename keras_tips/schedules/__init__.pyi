from .inverse_square_root import InverseSquareRoot as InverseSquareRoot
from .one_cycle import OneCycle as OneCycle
from .triangular import Triangular as Triangular
