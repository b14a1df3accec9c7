#include "td_depthwise_2x2_s8.h"

#define TD_DW_KERNEL td_depthwise_2x2_s8
#define TD_DW_LINEAR 0
#define TD_DW_CLAMP 0
#define TD_DW_ROWS 2
#include "td_depthwise_short_walk.h"

#include "td_depthwise_window_body.h"
