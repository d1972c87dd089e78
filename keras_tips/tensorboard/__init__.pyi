from .plugin import TipsLoader as TipsLoader
from .plugin import TipsPlugin as TipsPlugin
