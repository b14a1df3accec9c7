/* The body of the integer LSTM kernels: the including file defines TD_PARAMS, TD_VALUE, the type of
 * inputs and outputs, with its range TD_VALUE_MIN and TD_VALUE_MAX; TD_BIAS and
 * TD_RECURRENT_BIAS(bias, row), the bias of a unit's recurrent sum; and `weighed`, a sum of
 * products with weights and a bias, scaled to a fraction of 2^12. */
#define TD_WEIGHT int8_t
#define TD_CELL int16_t
#include "td_fixedpoint.h"
#include "td_lstm_steps.h"

static int16_t saturated(int32_t x) {
  return (int16_t)td_clamp(x, INT16_MIN, INT16_MAX);
}

/* 65536 * sigmoid of `x`, whose low `bits` are a fraction of one step of the table. */
static int32_t interpolated(const int16_t *table, int32_t x, int32_t bits) {
  const int32_t step = x >> bits;
  const int32_t fraction = x & ((1 << bits) - 1);
  const int32_t low = table[step];
  return ((low + 32768) << bits) + fraction * (table[step + 1] - low);
}

/* From a fraction of 2^12 to one of 2^15; tables are for absolute values. */
static int16_t sigmoid(const int16_t *table, int16_t x) {
  const int32_t tripled = 3 * x;
  const int32_t value = interpolated(table, tripled < 0 ? -tripled : tripled, 9);
  return (int16_t)((tripled >= 0 ? value + 512 : (1 << 25) - value + 511) >> 10);
}

/* From a fraction of 2^(12 - shift) to one of 2^15: twice the sigmoid of twice, less one. */
static int16_t hyperbolic_tangent(const int16_t *table, int16_t x, int32_t shift) {
  const int32_t scaled =
      shift >= 0 ? x * (3 * (1 << shift)) : (3 * x + (1 << (-shift - 1))) >> -shift;
  const int32_t size = scaled < 0 ? -scaled : scaled;
  const int32_t value = size >= 255 << 8 ? 0xFFFF << 8 : interpolated(table, size, 8);
  const int32_t one = 1 << 23;
  return (int16_t)((scaled >= 0 ? value - one + 128 : one - value + 127) >> 8);
}

static void run_gate(const TD_PARAMS *p, int32_t gate, const TD_VALUE *input,
                     const TD_VALUE *hidden, const int8_t *filter, const int8_t *recurrent,
                     const TD_BIAS *bias, int16_t *output) {
  const int32_t units = p->units;
  for (int32_t i = 0; i < units; i++) {
    const int32_t row = gate * units + i;
    int16_t value = saturated(weighed(filter + row * p->inputs, input, p->inputs, bias[row],
                                      p->multiplier[gate], p->shift[gate]));
    if (hidden) {
      const TD_BIAS back = TD_RECURRENT_BIAS(bias, GATES * units + row);
      value = saturated(
          value + saturated(weighed(recurrent + row * units, hidden, units, back,
                                    p->recurrent_multiplier[gate], p->recurrent_shift[gate])));
    }
    output[i] =
        gate == CELL_GATE ? hyperbolic_tangent(p->sigmoid, value, 0) : sigmoid(p->sigmoid, value);
  }
}

static int16_t updated_cell(const TD_PARAMS *p, int16_t cell, int16_t forget, int16_t input,
                            int16_t candidate) {
  const int16_t kept =
      saturated(td_requantize(forget * cell, p->forget_multiplier, p->forget_shift));
  const int16_t added =
      saturated(td_requantize(input * candidate, p->update_multiplier, p->update_shift));
  const int16_t sum = saturated(kept + added);
  return p->cell_clip > 0 ? (int16_t)td_clamp(sum, -p->cell_clip, p->cell_clip) : sum;
}

static void run_step(const TD_PARAMS *p, const int16_t *gates, int16_t *cell, TD_VALUE *output) {
  const int32_t units = p->units;
  for (int32_t i = 0; i < units; i++) {
    cell[i] = updated_cell(p, cell[i], gates[FORGET_GATE * units + i],
                           gates[INPUT_GATE * units + i], gates[CELL_GATE * units + i]);
    const int32_t product =
        hyperbolic_tangent(p->sigmoid, cell[i], p->cell_shift) * gates[OUTPUT_GATE * units + i];
    const int32_t raw = td_wrap_add(td_requantize(product, p->output_multiplier, p->output_shift),
                                    p->output_offset);
    output[i] = (TD_VALUE)td_clamp(raw, TD_VALUE_MIN, TD_VALUE_MAX);
  }
}
