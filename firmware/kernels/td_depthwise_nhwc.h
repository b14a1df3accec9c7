/* Depthwise convolution, int8, straight from NHWC, four channels at a time: for layers of few
 * outputs a channel, and those whose windows hardly overlap, where nothing pays for planes.
 *
 * input, filter, bias, output as td_depthwise_conv_2d_s8, whose parameters it takes; they share no
 * memory
 * scratch 4-byte aligned, 8 * filter_height * filter_width bytes: weights of four channels
 *
 * Four channels at least, depth multiplier 1, at most TD_NHWC_COLUMNS columns of a filter;
 * no window lies wholly outside the image.
 *
 * An accumulator x of a channel with multiplier m and right shift e, scaled by 2^s with s = 13 - e,
 * gives saturate8((high32(x * 2^s * m) + r) >> TD_DW_SHIFT), with r as td_depthwise_record.h has it
 * for 1 <= e <= 11; where e <= 0 the reference rounds once, and 2^(s - 2) is left out of r.
 * td_depthwise_nhwc_s8 needs an activation that is ReLU down to -128, td_depthwise_nhwc_any_s8
 * takes any. That all x * 2^s fit 32 bits is proven by tinydeploy/packing/depthwise.py. */
#ifndef TD_DEPTHWISE_NHWC_H
#define TD_DEPTHWISE_NHWC_H

#include "td_depthwise_conv_2d_s8.h"

#define TD_NHWC_COLUMNS 8

#endif
