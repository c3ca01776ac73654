import time
from tests.compliance.test_statement import *
def test_big(place, official):
    on=dt.date(2020,6,30)
    found=homes(5,5000,on); hs=store(found,place,official)
    t=time.time(); recompute([h.pk for h in hs],on=on); print('first',time.time()-t)
    t=time.time(); recompute([h.pk for h in hs],on=on); print('again',time.time()-t)
    t=time.time(); print(recompute_all(on=on)); print('all',time.time()-t)
    t=time.time(); recompute([hs[0].pk],on=on); print('one',time.time()-t)
    with connection.cursor() as c:
        c.execute("select reltuples from pg_class where relname='households_person'"); print(c.fetchall())
