from .lp import Lp as Lp
