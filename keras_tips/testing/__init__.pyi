from .check_layer import check_layer as check_layer
from .layer_check_error import LayerCheckError as LayerCheckError
from .layer_report import LayerReport as LayerReport
