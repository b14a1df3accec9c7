#include "td_depthwise_3x3_any_s8.h"

#define TD_DW_KERNEL td_depthwise_3x3_any_s8
#define TD_DW_STRIDE 1
#define TD_DW_LINEAR 1
#define TD_DW_CLAMP 1
#define TD_DW_SPREAD 1
#include "td_depthwise_3x3_body.h"
