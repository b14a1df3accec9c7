#include "td_depthwise_window_any_s8.h"

#define TD_DW_KERNEL td_depthwise_window_any_s8
#define TD_DW_LINEAR 1
#define TD_DW_CLAMP 1
#include "td_depthwise_window_walk.h"

#include "td_depthwise_window_body.h"
