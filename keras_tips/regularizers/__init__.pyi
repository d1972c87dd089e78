from .apply_to_kernels import apply_to_kernels as apply_to_kernels
from .lp import Lp as Lp
from .toward_reference import TowardReference as TowardReference
