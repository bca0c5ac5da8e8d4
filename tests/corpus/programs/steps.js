const steps = Number(process.argv[2]);
for (let step = 1; step <= steps; step += 1) {
  console.log(`step ${step} of ${steps}: walking`);
}
require('fs').writeFileSync('steps.json', JSON.stringify({ steps }));
