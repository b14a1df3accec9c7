/* Kernels with weights as halves against those with the same weights as floats: the same bytes. */
#include <string.h>

#include "check.h"
#include "td_conv_2d_f16_f32.h"
#include "td_conv_2d_f32.h"
#include "td_depthwise_conv_2d_f16_f32.h"
#include "td_depthwise_conv_2d_f32.h"
#include "td_float.h"

#define MOST 4096

static float input[MOST];
static float bias[MOST];
static float weights[MOST];
static _Alignas(4) int16_t halves[MOST];
static float wanted[MOST];
static float got[MOST];
static uint32_t state = 1;

static uint32_t next(void) {
  state = state * 1664525u + 1013904223u;
  return state >> 8;
}

static void fill(void) {
  for (int32_t i = 0; i < MOST; i++) {
    input[i] = (float)(int32_t)(next() % 2001u) / 500.0f - 2.0f;
    bias[i] = (float)(int32_t)(next() % 2001u) / 500.0f - 2.0f;
    /* Any half that is a number, subnormal ones and both zeros among them. */
    const uint32_t exponent = next() % 4u == 0u ? 0u : next() % 20u;
    const uint32_t half = (next() & 0x83ffu) | exponent << 10;
    halves[i] = (int16_t)half;
    weights[i] = td_half((uint16_t)half);
  }
  memset(wanted, 0, sizeof wanted);
  memset(got, 1, sizeof got);
}

static void dense(const char *name, td_conv_2d_f32_params p) {
  td_conv_2d_f16_f32_params q;
  memcpy(&q, &p, sizeof q); /* the same fields */
  fill();
  td_conv_2d_f32(&p, input, weights, bias, wanted);
  td_conv_2d_f16_f32(&q, input, halves, bias, got);
  const int32_t count = p.batches * p.output_height * p.output_width * p.output_channels;
  check_begin(name);
  check_bytes(0, got, wanted, (size_t)count * sizeof(float));
  check_end();
}

static void depthwise(const char *name, td_depthwise_conv_2d_f32_params p) {
  td_depthwise_conv_2d_f16_f32_params q;
  memcpy(&q, &p, sizeof q);
  fill();
  td_depthwise_conv_2d_f32(&p, input, weights, bias, wanted);
  td_depthwise_conv_2d_f16_f32(&q, input, halves, bias, got);
  const int32_t count = p.output_height * p.output_width * p.input_channels * p.depth_multiplier;
  check_begin(name);
  check_bytes(0, got, wanted, (size_t)count * sizeof(float));
  check_end();
}

#define CONV(batches, height, width, inputs, outputs, taps, each)                                  \
  (td_conv_2d_f32_params) {                                                                        \
    batches, height, width, inputs, height, width, outputs, taps, taps, each, 1, 1, 1, 1,          \
        taps / 2, taps / 2, -1e30f, 1e30f                                                          \
  }

void run_cases(void) {
  dense("fours", CONV(1, 6, 13, 4, 8, 3, 4));
  dense("odd_channels", CONV(1, 5, 9, 3, 7, 3, 3));
  dense("groups_of_five", CONV(1, 4, 7, 6, 10, 3, 3));
  dense("pointwise", CONV(2, 3, 6, 5, 6, 1, 5));
  dense("one_pixel", CONV(1, 1, 1, 103, 10, 1, 103));
  const td_depthwise_conv_2d_f32_params p = {1, 6, 7, 8, 1, 6, 7,    3,   3,
                                             1, 1, 1, 1, 1, 1, 0.0f, 6.0f};
  depthwise("depthwise", p);
  td_depthwise_conv_2d_f32_params q = p;
  q.input_channels = 7;
  depthwise("depthwise_odd", q);
}
