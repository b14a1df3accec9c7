/* The depthwise kernels on NHWC, whose C files name one and set what it can do: TD_DW_KERNEL,
 * TD_DW_LINEAR, TD_DW_CLAMP. */
#ifndef TD_DEPTHWISE_NHWC_BODY_H
#define TD_DEPTHWISE_NHWC_BODY_H

#include "td_depthwise_grid.h"
#include "td_depthwise_nhwc.h"
#include "td_window.h"

typedef td_depthwise_conv_2d_s8_params params;

typedef struct {
  int32_t shift; /* left, of the accumulator */
  int32_t multiplier;
  int32_t rounding;
#if TD_DW_LINEAR
  int32_t negative_rounding;
#endif
} channel;

/* A run of output pixels whose windows have the same taps inside the image: the routine in assembly
 * reads the members in their order; steps are in bytes. */
typedef struct {
  int32_t next_row;    /* in the input, from the end of a row of the window to the next */
  int32_t next_weight; /* the same in the weights */
  const uint32_t *weights_end;
  int32_t entry; /* in the steps, of the columns inside; in C, the columns */
  const uint32_t *weights;
  int32_t bias[4];
  channel channels[4];
  const int8_t *input;
  int8_t *output;
  int32_t input_right; /* from pixel to pixel */
  int32_t output_right;
  const int8_t *output_end;
  uint32_t low; /* the activation's bounds, four times */
  uint32_t high;
} run;

#if TD_DSP
/* clang-format off */

#define TAP_BYTES 36 /* of code, in convolve_run */
#define THREE 3      /* columns have steps of their own, behind those for any number */
#define THREE_ENTRY (TD_NHWC_COLUMNS * TAP_BYTES + 4)
#if TD_DW_LINEAR
#define TD_NHWC_INPUT "100" /* where `input` lies */
#else
#define TD_NHWC_INPUT "84"
#endif

/* Four channels of a pixel (r8) and of a tap. */
#define TD_NHWC_PRODUCTS \
  "ldrd r9, r11, [r1], #8\n sxtab16 r10, r2, r8\n sxtab16 r8, r2, r8, ror #8\n" \
  "smlabb r4, r10, r9, r4\n smlatt r6, r10, r9, r6\n smlabb r5, r8, r11, r5\n smlatt r7, r8, r11, r7\n"
#define TD_NHWC_TAP "ldr.w r8, [r0]\n add.w r0, r0, r3\n" TD_NHWC_PRODUCTS
#define TD_NHWC_THREE \
  "ldr r8, [r0]\n" TD_NHWC_PRODUCTS "ldr r8, [r0, r3]\n" TD_NHWC_PRODUCTS \
  "ldr r8, [r0, r3, lsl #1]\n" TD_NHWC_PRODUCTS

#if TD_DW_LINEAR
#define TD_NHWC_ACC(acc) \
  "ldm r0!, {r8-r11}\n lsls " acc ", " acc ", r8\n ite pl\n smmlapl " acc ", " acc ", r9, r10\n" \
  " smmlami " acc ", " acc ", r9, r11\n ssat " acc ", #8, " acc ", asr #12\n"
#define TD_NHWC_PUT \
  "uxtb r4, r4\n uxtb r5, r5\n uxtb r6, r6\n orr r4, r4, r5, lsl #8\n orr r6, r6, r7, lsl #8\n" \
  "pkhbt r4, r4, r6, lsl #16\n ldrd r6, r7, [r0, #20]\n" \
  "ssub8 r5, r4, r6\n sel r4, r4, r6\n ssub8 r5, r7, r4\n sel r4, r4, r7\n str r4, [r9]\n"
#else
#define TD_NHWC_ACC(acc) \
  "ldm r0!, {r8-r10}\n lsl " acc ", " acc ", r8\n smmla " acc ", " acc ", r9, r10\n" \
  "ssat " acc ", #8, " acc ", asr #12\n"
#define TD_NHWC_PUT "strb r4, [r9]\n strb r5, [r9, #1]\n strb r6, [r9, #2]\n strb r7, [r9, #3]\n"
#endif

/* r1: minus the zero point, twice; r2: from tap to tap in the input. In the loops r0 walks through
 * the input, r1 through the weights, r2 is the offset, r3 the step, r4-r7 accumulate, r12 is where to
 * enter a row, lr the run. */
__attribute__((naked, noinline)) static void convolve_run(
    __attribute__((unused)) run *r, __attribute__((unused)) uint32_t offset,
    __attribute__((unused)) int32_t step) {
  __asm("push {r4-r11, lr}\n"
        "mov lr, r0\n"
        "mov r3, r2\n"
        "mov r2, r1\n"
        "adr.w r12, 3f\n"
        "ldr r5, [lr, #12]\n"
        "add r12, r5\n"
        "orr r12, #1\n"
        "ldr r0, [lr, #" TD_NHWC_INPUT "]\n"
        "1:\n"
        "ldr r1, [lr, #16]\n"
        "add r4, lr, #20\n"
        "ldm r4, {r4-r7}\n"
        "2:\n"
        "bx r12\n"
        ".balign 4\n"
        "3:\n"
        TD_NHWC_TAP TD_NHWC_TAP TD_NHWC_TAP TD_NHWC_TAP TD_NHWC_TAP TD_NHWC_TAP TD_NHWC_TAP TD_NHWC_TAP
        "b.w 4f\n"
        TD_NHWC_THREE
        "4:\n"
        "ldm lr, {r8-r10}\n"
        "add r0, r8\n"
        "add r1, r9\n"
        "cmp r1, r10\n"
        "bne.w 2b\n"
        "add r0, lr, #36\n"
        TD_NHWC_ACC("r4") TD_NHWC_ACC("r5") TD_NHWC_ACC("r6") TD_NHWC_ACC("r7")
        "ldm r0, {r8-r11}\n"
        TD_NHWC_PUT
        "add r8, r10\n"
        "add r9, r11\n"
        "stm r0, {r8, r9}\n"
        "ldr r10, [r0, #16]\n"
        "mov r0, r8\n"
        "cmp r9, r10\n"
        "bne.w 1b\n"
        "pop {r4-r11, pc}\n");
}
/* clang-format on */

/* Columns that a row of the window leaves behind it. */
static int32_t walked(int32_t columns) {
  return columns == THREE ? 0 : columns;
}

static int32_t entry_of(int32_t columns) {
  return columns == THREE ? THREE_ENTRY : (TD_NHWC_COLUMNS - columns) * TAP_BYTES;
}
#else
static int8_t requantize(const run *r, int32_t c, int32_t acc) {
  const channel *at = &r->channels[c];
  const int32_t scaled = (int32_t)((uint32_t)acc << at->shift);
#if TD_DW_LINEAR
  const int32_t rounding = scaled < 0 ? at->negative_rounding : at->rounding;
#else
  const int32_t rounding = at->rounding;
#endif
  const int32_t value = (td_high_word(scaled, at->multiplier) + rounding) >> TD_DW_SHIFT;
  const int32_t low = (int8_t)r->low;
  const int32_t high = (int8_t)r->high;
  return (int8_t)(value < low ? low : (value > high ? high : value));
}

static void convolve_run(run *r, uint32_t offset, int32_t step) {
  for (; r->output != r->output_end; r->output += r->output_right) {
    int32_t acc[4] = {r->bias[0], r->bias[1], r->bias[2], r->bias[3]};
    const int8_t *in = r->input;
    for (const uint32_t *w = r->weights; w != r->weights_end; w += r->next_weight / 4) {
      for (int32_t k = r->entry; k > 0; k--, in += step, w += 2) {
        acc[0] += (in[0] + td_low(offset)) * td_low(w[0]);
        acc[1] += (in[1] + td_low(offset)) * td_low(w[1]);
        acc[2] += (in[2] + td_low(offset)) * td_high(w[0]);
        acc[3] += (in[3] + td_low(offset)) * td_high(w[1]);
      }
      in += r->next_row;
    }
    for (int32_t c = 0; c < 4; c++) {
      r->output[c] = requantize(r, c, acc[c]);
    }
    r->input += r->input_right;
  }
}

static int32_t walked(int32_t columns) {
  return columns;
}

static int32_t entry_of(int32_t columns) {
  return columns;
}
#endif

/* The taps of four channels, widened: those of channels 0 and 2 in a word, of 1 and 3 in the next.
 */
static void widen(const int8_t *filter, int32_t step, int32_t taps, uint32_t *weights) {
#if TD_DSP
  __asm volatile("1:\n"
                 "ldr r4, [%0]\n"
                 "add %0, %3\n"
                 "sxtb16 r5, r4\n"
                 "sxtb16 r4, r4, ror #8\n"
                 "subs %1, #1\n"
                 "strd r5, r4, [%2], #8\n"
                 "bne 1b\n"
                 : "+r"(filter), "+r"(taps), "+r"(weights)
                 : "r"(step)
                 : "r4", "r5", "cc", "memory");
#else
  for (; taps > 0; taps--) {
    const uint32_t four = td_load_word(filter);
    weights[0] = td_sxtab16(0, four);
    weights[1] = td_sxtab16_odd(0, four);
    weights += 2;
    filter += step;
  }
#endif
}

static void set_channels(run *r, const params *p, const int32_t *bias, int32_t first) {
  const int32_t rounding = (2 * p->output_offset + 1) * (1 << (TD_DW_SHIFT - 1));
#pragma GCC unroll 4
  for (int32_t i = 0; i < 4; i++) {
    channel *at = &r->channels[i];
    const int32_t shift = TD_DW_SHIFT + 1 + p->shift[first + i];
    const int32_t half = shift > TD_DW_SHIFT ? 0 : 1 << (shift - 2);
    at->shift = shift;
    at->multiplier = p->multiplier[first + i];
    at->rounding = rounding + half;
#if TD_DW_LINEAR
    at->negative_rounding = rounding - half;
#endif
    r->bias[i] = bias[first + i];
  }
}

/* Steps in a layer, and the images' first bytes of the channels at hand. */
typedef struct {
  const params *p;
  const int8_t *input;
  int8_t *output;
  uint32_t *weights;
  int32_t step; /* from tap to tap in the input */
  int32_t row;  /* of the input */
  uint32_t offset;
  const int8_t *filter;
  const int32_t *bias;
  int single; /* all channels have but one output */
} layer;

/* The first of four channels from `c` on. When channels are no multiple of 4, the last group makes
 * those before it again. */
static int32_t first_of(const params *p, int32_t c) {
  return c + 4 > p->input_channels ? p->input_channels - 4 : c;
}

TD_INLINE void set_group(run *r, const layer *l, int32_t first) {
  const params *const p = l->p;
  widen(l->filter + first, p->input_channels, p->filter_height * p->filter_width, l->weights);
  set_channels(r, p, l->bias, first);
}

/* The only pixel of an image: its run, but for what differs from group to group of channels. */
static void convolve_single(run *r, const layer *l) {
  const int8_t *const input = r->input;
  int8_t *const output = r->output;
  for (int32_t c = 0; c < l->p->input_channels; c += 4) {
    const int32_t first = first_of(l->p, c);
    set_group(r, l, first);
    r->input = input + first;
    r->output = output + first;
    r->output_end = r->output + r->output_right;
    convolve_run(r, l->offset, l->step);
  }
}

/* The pixels of all output rows from column `x` on whose windows have the same columns inside the
 * image; returns how many they are in a row. */
static int32_t convolve_columns(run *r, const layer *l, int32_t x) {
  const params *const p = l->p;
  const int32_t channels = p->input_channels;
  const int32_t x0 = x * p->stride_width - p->pad_left;
  const td_taps taps = td_taps_inside(x0, p->dilation_width, p->filter_width, p->input_width);
  const int32_t columns = taps.end - taps.begin;
  const int32_t last = x0 + (p->filter_width - 1) * p->dilation_width;
  const int32_t whole = (p->input_width - 1 - last) / p->stride_width + 1;
  const int32_t room = p->output_width - x;
  const int32_t pixels = columns < p->filter_width ? 1 : (whole < room ? whole : room);
  const int32_t down = p->dilation_height * l->row;
  const int32_t inside = x0 * channels + taps.begin * l->step;
  int8_t *output = l->output + x * channels;
  int32_t y0 = -p->pad_top;
  r->next_row = down - walked(columns) * l->step;
  r->next_weight = 8 * (p->filter_width - columns);
  r->entry = entry_of(columns);
  for (int32_t y = p->output_height; y > 0; y--) {
    const td_taps rows = td_taps_inside(y0, p->dilation_height, p->filter_height, p->input_height);
    r->weights = l->weights + 2 * (rows.begin * p->filter_width + taps.begin);
    r->weights_end = r->weights + 2 * (rows.end - rows.begin) * p->filter_width;
    r->input = l->input + (y0 * l->row + rows.begin * down + inside);
    r->output = output;
    r->output_end = output + pixels * channels;
    if (l->single) {
      convolve_single(r, l);
    } else {
      convolve_run(r, l->offset, l->step);
    }
    y0 += p->stride_height;
    output += p->output_width * channels;
  }
  return pixels;
}

void TD_DW_KERNEL(const params *p, const int8_t *input, const int8_t *filter, const int32_t *bias,
                  int8_t *output, void *scratch) {
  const int32_t channels = p->input_channels;
  layer l = {p,
             input,
             output,
             (uint32_t *)scratch,
             p->dilation_width * channels,
             p->input_width * channels,
             td_pair(p->input_offset, p->input_offset),
             filter,
             bias,
             p->batches * p->output_height * p->output_width == 1};
  run r;
  r.input_right = p->stride_width * channels;
  r.output_right = channels;
  r.low = (uint8_t)p->activation_min * 0x01010101u;
  r.high = (uint8_t)p->activation_max * 0x01010101u;
  for (int32_t c = 0; c < channels; c += l.single ? channels : 4) {
    const int32_t first = l.single ? 0 : first_of(p, c);
    if (!l.single) {
      set_group(&r, &l, first);
    }
    l.input = input + first;
    l.output = output + first;
    for (int32_t batch = p->batches; batch > 0; batch--) {
      for (int32_t x = 0; x < p->output_width;) {
        x += convolve_columns(&r, &l, x);
      }
      l.input += p->input_height * l.row;
      l.output += p->output_height * p->output_width * channels;
    }
  }
}

#endif
