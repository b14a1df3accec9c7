#include "td_depthwise_3x3s2_s8.h"

#define TD_DW_KERNEL td_depthwise_3x3s2_s8
#define TD_DW_STRIDE 2
#define TD_DW_LINEAR 0
#define TD_DW_CLAMP 0
#define TD_DW_SPREAD 0
#include "td_depthwise_3x3_body.h"
