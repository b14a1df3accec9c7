/* An LSTM's walk over sequences and steps: the including file defines TD_PARAMS, the types
 * TD_VALUE, TD_WEIGHT, TD_BIAS and TD_CELL, and below `run_gate`, all units of one gate (`hidden`
 * is NULL before the first step, when the recurrent sums are 0), and `run_step`, what the gates
 * make of the cells. */
enum { INPUT_GATE, FORGET_GATE, CELL_GATE, OUTPUT_GATE, GATES };

static void run_gate(const TD_PARAMS *p, int32_t gate, const TD_VALUE *input,
                     const TD_VALUE *hidden, const TD_WEIGHT *filter, const TD_WEIGHT *recurrent,
                     const TD_BIAS *bias, TD_CELL *output);
static void run_step(const TD_PARAMS *p, const TD_CELL *gates, TD_CELL *cell, TD_VALUE *output);

/* `cell` has room for the cells and the gates of all units. */
static void run(const TD_PARAMS *p, const TD_VALUE *input, const TD_WEIGHT *filter,
                const TD_WEIGHT *recurrent, const TD_BIAS *bias, TD_VALUE *output, TD_CELL *cell) {
  TD_CELL *gates = cell + p->units;
  for (int32_t batch = 0; batch < p->batches; batch++) {
    const TD_VALUE *hidden = 0;
    for (int32_t i = 0; i < p->units; i++) {
      cell[i] = 0;
    }
    for (int32_t step = 0; step < p->steps; step++) {
      const int32_t row = batch * p->batch_stride + step * p->step_stride;
      const TD_VALUE *in = input + row * p->inputs;
      for (int32_t gate = 0; gate < GATES; gate++) {
        run_gate(p, gate, in, hidden, filter, recurrent, bias, gates + gate * p->units);
      }
      run_step(p, gates, cell, output + row * p->units);
      hidden = output + row * p->units;
    }
  }
}
